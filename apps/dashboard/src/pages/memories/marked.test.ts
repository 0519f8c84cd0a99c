import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markWords } from './marked.ts';

const marked = (text: string, query: string): readonly string[] =>
  markWords(text, query).flatMap((part) => (part.isMarked ? [part.text] : []));

it('marks whole words that begin as the query does, whatever their ending', () => {
  expect(marked('Meeting Anna at the garden centre', 'gardens anna')).toEqual(['Anna', 'garden']);
  expect(marked('an annual banner', 'ann')).toEqual(['annual']);
  expect(marked('Zoë and Ümit', 'zoë ümit')).toEqual(['Zoë', 'Ümit']);
});

it('takes no letter of a query as special, and loses no letter of the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, query) => {
      expect(
        markWords(text, query)
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
