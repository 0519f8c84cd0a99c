import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rank, type WordHits } from './ranking.ts';

const inText = (...places: readonly number[]): WordHits => ({ places, asName: [] });
const placesOf = (ranked: ReturnType<typeof rank>) => ranked.map(({ place }) => place);

describe('ranking', () => {
  it('puts a place with more of the words first', () => {
    expect(placesOf(rank([inText(0, 1), inText(1, 2)], 10, 10))[0]).toBe(1);
  });

  it('weighs a rare word above several common ones', () => {
    const common = inText(...Array.from({ length: 90 }, (_, place) => place));
    expect(placesOf(rank([common, common, common, inText(95)], 100, 1))).toEqual([95]);
  });

  it('weighs a name above the same word in a text', () => {
    expect(placesOf(rank([{ places: [0, 1, 2], asName: [1] }], 10, 3))).toEqual([1, 2, 0]);
  });

  it('puts the newest of equally good places first', () => {
    expect(placesOf(rank([inText(1, 3, 2)], 10, 10))).toEqual([3, 2, 1]);
  });

  it('scores the best possible match 1, and less as words are missing', () => {
    const [both, one] = rank([inText(0, 1), inText(1, 2)], 10, 2);
    expect(both?.score).toBe(1);
    expect(one?.score).toBeCloseTo(0.5);
  });

  it('keeps the same places, in the same order, whatever the limit', () => {
    const hits = fc
      .uniqueArray(fc.nat(29))
      .chain((places) => fc.record({ places: fc.constant(places), asName: fc.subarray(places) }));
    fc.assert(
      fc.property(
        fc.array(hits, { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        (words, limit) => {
          const all = rank(words, 30, 30);
          expect(new Set(placesOf(all))).toEqual(new Set(words.flatMap(({ places }) => places)));
          expect(rank(words, 30, limit)).toEqual(all.slice(0, limit));
          for (const [index, { score }] of all.entries()) {
            expect(score).toBeGreaterThan(0);
            expect(score).toBeLessThanOrEqual(all[index - 1]?.score ?? 1);
          }
        },
      ),
    );
  });
});
