import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  opened,
  owedEffects,
  reduceLifecycle,
  stateOf,
  type Lifecycle,
  type LifecycleEvent,
} from './lifecycle.ts';
import { isSettled, stageNames } from './stages.ts';

const events: readonly LifecycleEvent[] = [
  { type: 'close', reason: 'timeout' },
  { type: 'close', reason: 'manual' },
  ...stageNames.flatMap((stage): LifecycleEvent[] => [
    { type: 'stage-started', stage },
    { type: 'stage-failed', stage, reason: 'internal-error' },
  ]),
  { type: 'stage-waiting', stage: 'transcribe', reason: 'no-transcriber' },
  { type: 'transcribed', verdict: 'words' },
  { type: 'transcribed', verdict: 'too-short' },
  { type: 'transcribed', verdict: 'silence' },
  { type: 'memories-extracted', outcome: 'memories' },
  { type: 'memories-extracted', outcome: 'nothing-to-remember' },
  { type: 'audio-cropped', outcome: 'cropped' },
  { type: 'audio-cropped', outcome: 'no-speech' },
];

const anyHistory = fc.array(fc.constantFrom(...events), { maxLength: 30 });

const run = (...history: LifecycleEvent[]): Lifecycle =>
  history.reduce((lifecycle, event) => reduceLifecycle(lifecycle, event).lifecycle, opened);

const word = (lifecycle: Lifecycle) => stateOf({ ...lifecycle, utteranceCount: 0 });

describe('the life of a conversation', () => {
  it('goes from processing to closed through every stage', () => {
    const history: [LifecycleEvent, string][] = [
      [{ type: 'close', reason: 'timeout' }, 'closing'],
      [{ type: 'stage-started', stage: 'transcribe' }, 'transcribing-final'],
      [{ type: 'transcribed', verdict: 'words' }, 'extracting-memories'],
      [{ type: 'stage-started', stage: 'extractMemories' }, 'extracting-memories'],
      [{ type: 'memories-extracted', outcome: 'memories' }, 'cropping'],
      [{ type: 'stage-started', stage: 'cropAudio' }, 'cropping'],
      [{ type: 'audio-cropped', outcome: 'cropped' }, 'closed'],
    ];
    let lifecycle = opened;
    expect(word(lifecycle)).toBe('processing');
    for (const [event, state] of history) {
      lifecycle = reduceLifecycle(lifecycle, event).lifecycle;
      expect(word(lifecycle)).toBe(state);
    }
  });

  it.each(['timeout', 'manual', 'stop', 'disconnect'] as const)('closes by %s', (reason) => {
    const step = reduceLifecycle(opened, { type: 'close', reason });
    expect(step.lifecycle.closeReason).toBe(reason);
    expect(step.effects.map((effect) => effect.stage)).toEqual(['transcribe', 'cropAudio']);
  });

  it('keeps the first reason when it is closed twice, and asks for nothing again', () => {
    const closed = run({ type: 'close', reason: 'timeout' });
    expect(reduceLifecycle(closed, { type: 'close', reason: 'manual' })).toEqual({
      lifecycle: closed,
      effects: [],
    });
  });

  it('waits for a transcriber and says so', () => {
    const waiting = run(
      { type: 'close', reason: 'stop' },
      { type: 'stage-waiting', stage: 'transcribe', reason: 'no-transcriber' },
    );
    expect(word(waiting)).toBe('awaiting-transcriber');
  });

  it.each([
    ['too-short', 'transcript-too-short'],
    ['silence', 'no-words'],
  ] as const)('extracts nothing from a %s transcript, and says why', (verdict, reason) => {
    const lifecycle = run({ type: 'close', reason: 'stop' }, { type: 'transcribed', verdict });
    expect(lifecycle.stages.extractMemories).toEqual({ state: 'skipped', reason });
  });

  it('finishes the other stages when one has failed for good', () => {
    const lifecycle = run(
      { type: 'close', reason: 'stop' },
      { type: 'stage-failed', stage: 'transcribe', reason: 'provider-failed' },
      { type: 'audio-cropped', outcome: 'cropped' },
    );
    expect(word(lifecycle)).toBe('closed-partial');
  });

  it('takes up again what a failed transcript held back', () => {
    const revived = run(
      { type: 'close', reason: 'stop' },
      { type: 'stage-failed', stage: 'transcribe', reason: 'provider-failed' },
      { type: 'audio-cropped', outcome: 'cropped' },
      { type: 'stage-started', stage: 'transcribe' },
      { type: 'transcribed', verdict: 'words' },
    );
    expect(word(revived)).toBe('extracting-memories');
    expect(owedEffects(revived)).toEqual([{ type: 'enqueue', stage: 'extractMemories' }]);
  });

  it('changes nothing when any event comes twice in a row', () => {
    fc.assert(
      fc.property(anyHistory, fc.constantFrom(...events), (history, event) => {
        const once = run(...history, event);
        expect(run(...history, event, event)).toEqual(once);
      }),
    );
  });

  it('keeps every result it has reached', () => {
    fc.assert(
      fc.property(anyHistory, fc.constantFrom(...events), (history, event) => {
        const before = run(...history);
        const after = reduceLifecycle(before, event).lifecycle;
        for (const name of stageNames) {
          if (before.stages[name].state === 'done') {
            expect(after.stages[name]).toEqual(before.stages[name]);
          }
        }
        if (before.phase !== 'open') expect(after.closeReason).toBe(before.closeReason);
      }),
    );
  });

  it('is closed exactly when no stage is left to run', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const lifecycle = run({ type: 'close', reason: 'stop' }, ...history);
        const isSettledWhole = stageNames.every((name) => isSettled(lifecycle.stages[name]));
        expect(lifecycle.phase).toBe(isSettledWhole ? 'closed' : 'closing');
      }),
    );
  });

  it('owes a restart every job that is not settled, once it can run', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const lifecycle = run({ type: 'close', reason: 'stop' }, ...history);
        const owed = owedEffects(lifecycle).map((effect) => effect.stage);
        for (const name of stageNames) {
          if (isSettled(lifecycle.stages[name])) expect(owed).not.toContain(name);
          else if (name !== 'extractMemories') expect(owed).toContain(name);
        }
        // While something is unfinished, something is owed: nothing hangs for ever.
        if (lifecycle.phase === 'closing') expect(owed.length).toBeGreaterThan(0);
      }),
    );
  });
});
