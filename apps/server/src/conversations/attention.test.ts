import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attentive,
  deadlineOf,
  reduceAttention,
  type Attention,
  type AttentionEffect,
  type AttentionEvent,
} from './attention.ts';

const settings = { timeoutMs: 90_000, contextMs: 5000 };

function hear(events: readonly AttentionEvent[], from: Attention = attentive) {
  let attention = from;
  const effects: AttentionEffect[] = [];
  for (const event of events) {
    const step = reduceAttention(attention, event, settings);
    attention = step.attention;
    effects.push(...step.effects);
  }
  return { attention, effects };
}

const speech = (startMs: number, endMs: number, at = endMs): AttentionEvent => ({
  type: 'speech',
  startMs,
  endMs,
  at,
});

describe('attention', () => {
  it('opens on speech, with a little sound before it', () => {
    expect(hear([speech(20_000, 21_000)]).effects).toEqual([
      { type: 'open', startMs: 15_000, speechEndMs: 21_000 },
    ]);
  });

  it('makes no conversation of silence alone, however long', () => {
    const events: AttentionEvent[] = [];
    for (let at = 0; at < 3_600_000; at += 10_000) {
      events.push({ type: 'silence', analyzedMs: at, at }, { type: 'tick', at });
    }
    expect(hear([...events, { type: 'end', reason: 'stop', endMs: 3_600_000 }]).effects).toEqual(
      [],
    );
  });

  it('closes after the timeout while silence arrives', () => {
    const { effects } = hear([
      speech(10_000, 20_000),
      { type: 'silence', analyzedMs: 109_999, at: 109_999 },
      { type: 'silence', analyzedMs: 110_000, at: 110_000 },
    ]);
    expect(effects.slice(1)).toEqual([{ type: 'close', reason: 'timeout', endMs: 25_000 }]);
  });

  it('closes after the timeout when no more sound arrives', () => {
    const { attention } = hear([speech(10_000, 20_000, 1_000_000)]);
    expect(deadlineOf(attention, settings)).toBe(1_090_000);
    expect(hear([{ type: 'tick', at: 1_089_999 }], attention).effects).toEqual([]);
    expect(hear([{ type: 'tick', at: 1_090_000 }], attention).effects).toEqual([
      { type: 'close', reason: 'timeout', endMs: 25_000 },
    ]);
  });

  it('measures silence in sound when sound arrives faster than it was spoken', () => {
    const { effects } = hear([
      speech(0, 10_000, 1250),
      { type: 'silence', analyzedMs: 100_000, at: 12_500 },
    ]);
    expect(effects.at(-1)).toEqual({ type: 'close', reason: 'timeout', endMs: 15_000 });
  });

  it('does not count time away as silence', () => {
    const { attention } = hear([
      speech(0, 10_000, 10_000),
      { type: 'gap', startMs: 10_000, endMs: 70_000, awayMs: 60_000 },
    ]);
    expect(hear([{ type: 'tick', at: 159_999 }], attention).effects).toEqual([]);
    expect(
      hear([{ type: 'silence', analyzedMs: 159_999, at: 159_999 }], attention).effects,
    ).toEqual([]);
    expect(hear([{ type: 'tick', at: 160_000 }], attention).effects).toHaveLength(1);
  });

  it('claims all sound up to an explicit end, and nothing of it for the next conversation', () => {
    const { effects } = hear([
      speech(10_000, 12_000),
      { type: 'end', reason: 'manual', endMs: 14_000 },
      speech(14_500, 16_000),
    ]);
    expect(effects).toEqual([
      { type: 'open', startMs: 5000, speechEndMs: 12_000 },
      { type: 'close', reason: 'manual', endMs: 14_000 },
      { type: 'open', startMs: 14_000, speechEndMs: 16_000 },
    ]);
  });

  it('splits where the silence before late-reported speech was long enough', () => {
    const { effects } = hear([speech(0, 1000), speech(200_000, 201_000)]);
    expect(effects.map((effect) => effect.type)).toEqual(['open', 'close', 'open']);
  });

  it('is not reopened by speech that ended before a hard boundary', () => {
    expect(
      hear([{ type: 'end', reason: 'stop', endMs: 5000 }, speech(3000, 4000)]).effects,
    ).toEqual([]);
  });

  it('opens and closes in turn, and never claims the same sound twice', () => {
    const step = fc.record({
      pauseMs: fc.nat(200_000),
      speechMs: fc.integer({ min: 1, max: 30_000 }),
      then: fc.constantFrom('silence', 'tick', 'end', 'nothing'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let nowMs = 0;
        const events = steps.flatMap(({ pauseMs, speechMs, then }): AttentionEvent[] => {
          const startMs = nowMs + pauseMs;
          nowMs = startMs + speechMs;
          const after: AttentionEvent[] =
            then === 'silence'
              ? [{ type: 'silence', analyzedMs: nowMs, at: nowMs }]
              : then === 'tick'
                ? [{ type: 'tick', at: nowMs }]
                : then === 'end'
                  ? [{ type: 'end', reason: 'manual', endMs: nowMs }]
                  : [];
          return [
            { type: 'silence', analyzedMs: startMs, at: startMs },
            speech(startMs, nowMs),
            ...after,
          ];
        });
        let isOpen = false;
        let claimedMs = 0;
        for (const effect of hear(events).effects) {
          if (effect.type !== 'extend') expect(effect.type === 'open').toBe(!isOpen);
          if (effect.type === 'open') {
            expect(effect.startMs).toBeGreaterThanOrEqual(claimedMs);
            isOpen = true;
          } else if (effect.type === 'close') {
            claimedMs = effect.endMs;
            isOpen = false;
          }
        }
      }),
    );
  });
});
