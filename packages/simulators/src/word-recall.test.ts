import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordErrorRate, wordRecall, wordsOf } from './word-recall.ts';

describe('word recall', () => {
  it('is the share of the reference that was heard, whatever the case and punctuation', () => {
    expect(wordRecall('I live in Boston.', 'i live in boston')).toBe(1);
    expect(wordRecall('I live in Boston.', 'i left in austin')).toBe(0.5);
    expect(wordRecall('I live in Boston.', '')).toBe(0);
    expect(wordRecall('', 'anything')).toBe(1);
  });

  it('counts a word only where it stands in the order', () => {
    expect(wordRecall('one two three four', 'three four one two')).toBe(0.5);
  });

  it('is not lowered by words in excess', () => {
    expect(wordRecall('one two', 'well one and two then')).toBe(1);
  });

  it('keeps apostrophes within words, accents and numbers', () => {
    expect(wordsOf("Don't 'quote' the 42 Grüße, okay?")).toEqual([
      "don't",
      'quote',
      'the',
      '42',
      'grüße',
      'okay',
    ]);
  });

  it.each([
    ['one two three', 'one two three', 0],
    ['one two three', 'one three', 1 / 3],
    ['one two three', 'one too three four', 2 / 3],
    ['one', 'two three', 2],
  ])('has its counterpart in the word error rate: %s, heard as %s', (reference, heard, rate) => {
    expect(wordErrorRate(reference, heard)).toBeCloseTo(rate);
  });

  it('lies between 0 and 1, and is 1 for the text itself', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c')).map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, (reference, heard) => {
        const recall = wordRecall(reference, heard);
        expect(recall).toBeGreaterThanOrEqual(0);
        expect(recall).toBeLessThanOrEqual(1);
        expect(wordRecall(reference, `${reference} ${heard}`)).toBe(1);
      }),
    );
  });
});
