import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from './activity.ts';
import { complement, lengthMs, mergeSpans, totalMs, intersect } from './spans.ts';
import { planUtterances } from './utterance-plan.ts';

const speech = (...ends: readonly [number, number][]): Span[] =>
  ends.map(([startMs, endMs]) => ({ startMs, endMs }));

describe('planUtterances', () => {
  it('joins speech over short pauses and pads both sides', () => {
    expect(planUtterances(speech([1000, 2000], [2300, 4000]), { maxMs: 30_000 })).toEqual(
      speech([750, 4250]),
    );
  });

  it('gives each neighbour half of a pause that is too short for both paddings', () => {
    expect(planUtterances(speech([1000, 2000], [2450, 4000]), { maxMs: 30_000 })).toEqual(
      speech([750, 2225], [2225, 4250]),
    );
  });

  it('starts no earlier than 0', () => {
    expect(planUtterances(speech([100, 900]), { maxMs: 30_000 })).toEqual(speech([0, 1150]));
  });

  it('cuts what is too long at its longest pause', () => {
    const regions = speech([0, 3000], [3200, 6000], [6350, 9000]);
    expect(planUtterances(regions, { maxMs: 8000 })).toEqual(speech([0, 6175], [6175, 9250]));
  });

  it('cuts endless speech evenly', () => {
    expect(planUtterances(speech([0, 25_000]), { maxMs: 10_500 })).toEqual(
      speech([0, 25_000 / 3], [25_000 / 3, 50_000 / 3], [50_000 / 3, 25_250]),
    );
  });

  it('covers all speech, in order, never overlapping, never too long, with paddings of pause only', () => {
    const regions = fc.array(
      fc
        .tuple(fc.nat(200_000), fc.integer({ min: 1, max: 50_000 }))
        .map(([startMs, length]) => ({ startMs, endMs: startMs + length })),
      { maxLength: 30 },
    );
    const settings = fc.record({
      maxMs: fc.integer({ min: 100, max: 60_000 }),
      joinPauseMs: fc.nat(2000),
      padMs: fc.nat(500),
    });
    fc.assert(
      fc.property(regions, settings, (list, options) => {
        const utterances = planUtterances(list, options);
        utterances.forEach((utterance, index) => {
          expect(utterance.startMs).toBeGreaterThanOrEqual(utterances[index - 1]?.endMs ?? 0);
          expect(lengthMs(utterance)).toBeGreaterThan(0);
          expect(lengthMs(utterance)).toBeLessThanOrEqual(options.maxMs + 1e-6);
        });
        const merged = mergeSpans(list);
        expect(totalMs(intersect(utterances, merged))).toBeCloseTo(totalMs(merged), 6);
        const pauses = complement(merged, { startMs: 0, endMs: 300_000 });
        const longerThan = options.joinPauseMs + 2 * options.padMs;
        for (const pause of pauses.filter((gap) => lengthMs(gap) > longerThan)) {
          const inside = totalMs(intersect(utterances, [pause]));
          expect(inside).toBeLessThanOrEqual(2 * options.padMs + 1e-6);
        }
      }),
    );
  });
});
