import { utteranceIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Utterance } from '../../conversations/index.ts';
import { piecesFor } from './transcript-pieces.ts';

const utterancesOf = (lengths: readonly number[]): readonly Utterance[] =>
  lengths.map((length, index) => ({
    id: utteranceIdSchema.parse(`v:${index}`),
    startMs: index * 1000,
    endMs: index * 1000 + 900,
    text: 'x'.repeat(length),
    speaker: null,
    confidence: null,
    words: [],
  }));

describe('pieces of a conversation', () => {
  it('is one where all fits', () => {
    expect(piecesFor(utterancesOf([30, 30, 30]), 1000)).toHaveLength(1);
    expect(piecesFor([], 1000)).toEqual([]);
  });

  it('hold every utterance, in order, each piece going on from the one before', () => {
    const lengths = fc.array(fc.nat(2000), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 50, max: 2000 }), (all, maxTokens) => {
        const pieces = piecesFor(utterancesOf(all), maxTokens);
        const numbers = pieces.map((piece) => piece.map(({ number }) => number));
        expect(new Set(numbers.flat()).size).toBe(all.length);
        numbers.forEach((piece, index) => {
          const [first = 0, last = 0] = [piece[0], piece.at(-1)];
          expect(piece).toEqual(Array.from({ length: last - first + 1 }, (_, at) => first + at));
          const before = numbers[index - 1];
          if (before) {
            expect(first).toBeGreaterThan(before[0]!);
            expect(first).toBeLessThanOrEqual(before.at(-1)! + 1);
            expect(last).toBeGreaterThan(before.at(-1)!);
          }
        });
      }),
    );
  });

  it('are no longer than allowed, but for an utterance that is by itself', () => {
    const pieces = piecesFor(utterancesOf([300, 300, 9000, 300]), 300);
    for (const piece of pieces) {
      const tokens = piece.reduce((sum, { utterance }) => sum + 30 + utterance.text.length / 3, 0);
      expect(tokens <= 300 || piece.length === 1).toBe(true);
    }
  });
});
