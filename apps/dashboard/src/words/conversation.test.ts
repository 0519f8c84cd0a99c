import { conversationStateSchema, type ConversationBody } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { standingOf, titleOf } from './conversation.ts';
import { stageInWords } from './stage.ts';

type Stages = ConversationBody['stages'];
const pending: Stages['transcribe'] = { state: 'pending', detail: null };
const stages = (more: Partial<Stages> = {}): Stages => ({
  transcribe: pending,
  extract_memories: pending,
  crop_audio: pending,
  ...more,
});

describe('standing', () => {
  it('says something about every state but a plain close', () => {
    for (const state of conversationStateSchema.options) {
      const { label } = standingOf({ state, stages: stages() });
      expect(label === null).toBe(state === 'closed');
    }
  });

  it('names the stage that failed', () => {
    const failed = { state: 'failed', detail: 'provider-failed' } as const;
    const label = (more: Partial<Stages>) =>
      standingOf({ state: 'closed-partial', stages: stages(more) }).label;
    expect(label({ transcribe: failed })).toBe('Transcription failed');
    expect(label({ extract_memories: failed })).toBe('Memories failed');
    expect(label({ crop_audio: failed })).toBe('Cropping failed');
  });

  it('tells silence, shortness and nothing to remember apart', () => {
    const label = (more: Partial<Stages>) =>
      standingOf({ state: 'closed', stages: stages(more) }).label;
    expect(label({ transcribe: { state: 'done', detail: 'silence' } })).toBe('No words heard');
    expect(label({ extract_memories: { state: 'skipped', detail: 'transcript-too-short' } })).toBe(
      'Too short to remember',
    );
    expect(label({ extract_memories: { state: 'done', detail: 'nothing-to-remember' } })).toBe(
      'Nothing to remember',
    );
  });
});

describe('title', () => {
  it('is given to every conversation', () => {
    expect(titleOf({ title: 'Lunch', state: 'closed', stages: stages() })).toBe('Lunch');
    expect(titleOf({ title: null, state: 'active', stages: stages() })).toMatch(/progress/);
    expect(titleOf({ title: null, state: 'closed', stages: stages() })).toMatch(/Untitled/);
  });
});

describe('stages', () => {
  it('tells an unknown detail by its state', () => {
    expect(stageInWords('transcribe', { state: 'skipped', detail: 'moon-phase' })).toEqual({
      name: 'Transcribe',
      tone: 'quiet',
      outcome: 'Left out',
    });
  });
});
