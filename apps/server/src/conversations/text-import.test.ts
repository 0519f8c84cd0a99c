import { clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { planTextImport, type ImportedUtterance, type TextImport } from './text-import.ts';

const making = { now: 9_000_000, judge: () => 'words' as const };
const said = (text: string, change: Partial<ImportedUtterance> = {}): ImportedUtterance => ({
  text,
  speaker: null,
  startMs: null,
  endMs: null,
  externalId: null,
  ...change,
});
const textOf = (...utterances: readonly ImportedUtterance[]): TextImport => ({
  userId: userIdSchema.parse('5f3a215f3a215f3a215f3a21'),
  clientId: clientIdSchema.parse('3a3a21-import'),
  title: null,
  startedAt: 1_000_000,
  utterances,
});

describe('a text that is brought in', () => {
  it('is a conversation that is over and was heard whole', () => {
    const text = textOf(said('We met in Oslo yesterday.', { speaker: 'Ada', externalId: 'D1:3' }));
    const { conversation, transcript, effects } = planTextImport(text, making);
    expect(conversation).toMatchObject({
      phase: 'closing',
      closeReason: 'import',
      stages: {
        transcribe: { state: 'done', outcome: 'words' },
        extractMemories: { state: 'pending' },
        cropAudio: { state: 'skipped', reason: 'no-sound' },
      },
      ranges: [],
      title: 'We met in Oslo yesterday.',
      startedAt: 1_000_000,
      endedAt: 1_002_000,
      activeTranscriptId: transcript.id,
    });
    expect(transcript.utterances).toMatchObject([{ speaker: 'Ada', externalId: 'D1:3' }]);
    expect(effects).toEqual([{ type: 'enqueue', stage: 'extractMemories' }]);
  });

  it('lets utterances without a time follow each other, and orders those with one', () => {
    const { transcript } = planTextImport(
      textOf(
        said('one two', { startMs: 1_060_000 }),
        said('three four five'),
        said('zero', { startMs: 1_000_000, endMs: 1_000_900 }),
      ),
      making,
    );
    expect(transcript.utterances.map(({ text, startMs, endMs }) => [text, startMs, endMs])).toEqual(
      [
        ['zero', 1_000_000, 1_000_900],
        ['one two', 1_060_000, 1_060_800],
        ['three four five', 1_060_800, 1_062_000],
      ],
    );
  });

  it('is the same when it comes again, and another when a word differs', () => {
    const first = planTextImport(textOf(said('Tea.')), making);
    const again = planTextImport(textOf(said('Tea.')), { ...making, now: 1 });
    const other = planTextImport(textOf(said('Tea!')), making);
    expect(again.conversation.id).toBe(first.conversation.id);
    expect(again.transcript.utterances).toEqual(first.transcript.utterances);
    expect(other.conversation.id).not.toBe(first.conversation.id);
  });

  it('is closed at once where it has too few words to read', () => {
    const judge = () => 'too-short' as const;
    const { conversation, effects } = planTextImport(textOf(said('Hm.')), { now: 1, judge });
    expect(conversation.phase).toBe('closed');
    expect(effects).toEqual([]);
  });
});
