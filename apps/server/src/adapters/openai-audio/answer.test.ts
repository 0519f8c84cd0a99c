import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../base/index.ts';
import { readAnswer } from './answer.ts';

const asked = { model: 'whisper-1', audioMs: 10_000 };

/** Before the sound, within it and after it. */
const seconds = fc.integer({ min: -500, max: 2000 }).map((hundredths) => hundredths / 100);
const word = fc.record({
  word: fc.stringMatching(/^ ?[a-z]{1,6}[.,]?$/),
  start: seconds,
  end: seconds,
  probability: fc.option(fc.double({ min: -1, max: 2, noNaN: true })),
});
const segment = fc.record(
  {
    text: fc.string(),
    start: seconds,
    end: seconds,
    speaker: fc.option(fc.oneof(fc.string(), fc.nat())),
    avg_logprob: fc.option(fc.double({ min: -9, max: 9, noNaN: true })),
    words: fc.option(fc.array(word)),
  },
  { requiredKeys: ['text', 'start', 'end'] },
);
const answer = fc.record(
  {
    text: fc.string(),
    segments: fc.option(fc.array(segment)),
    words: fc.option(fc.array(word)),
  },
  { requiredKeys: ['text'] },
);

const read = (value: unknown) => readAnswer(JSON.stringify(value), asked).hearing;
const utterancesIn = (value: unknown) => {
  const hearing = read(value);
  return hearing.kind === 'silence' ? [] : hearing.utterances;
};

describe('reading an answer', () => {
  it('keeps the text of every segment, in order, and every word once', () => {
    fc.assert(
      fc.property(answer, (value) => {
        const utterances = utterancesIn(value);
        const segments = (value.segments ?? []).filter(({ text }) => text.trim() !== '');
        const words = value.words ?? [];
        if (segments.length > 0) {
          expect(utterances.map(({ text }) => text).sort()).toEqual(
            segments.map(({ text }) => text.trim()).sort(),
          );
        }
        if (words.length > 0)
          expect(utterances.flatMap((each) => each.words)).toHaveLength(words.length);
        const starts = utterances.map(({ startMs }) => startMs);
        if (segments.length > 0) expect(starts).toEqual(starts.toSorted((a, b) => a - b));
        if (value.text.trim() !== '') expect(utterances).not.toEqual([]);
      }),
    );
  });

  it('tells times that go forward, and confidences from 0 to 1', () => {
    fc.assert(
      fc.property(answer, (value) => {
        const utterances = utterancesIn(value);
        for (const span of [...utterances, ...utterances.flatMap(({ words }) => words)]) {
          expect(span.startMs).toBeGreaterThanOrEqual(0);
          expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
          const { confidence } = span;
          expect(confidence === null || (confidence >= 0 && confidence <= 1)).toBe(true);
        }
      }),
    );
  });

  it('takes everything else for a failure that passes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        try {
          expect(readAnswer(body, asked).hearing.model).toBe('whisper-1');
        } catch (error) {
          expect(error).toBeInstanceOf(ProviderError);
          expect(error).toMatchObject({ failure: 'transient' });
        }
      }),
    );
  });

  it('gives words their punctuation only where they are those of the text', () => {
    const words = [
      { word: 'twenty', start: 0, end: 1 },
      { word: 'five', start: 1, end: 2 },
    ];
    const textsOf = (text: string) =>
      utterancesIn({ text, words, segments: [{ text, start: 0, end: 2 }] }).flatMap((each) =>
        each.words.map((said) => said.text),
      );
    expect(textsOf('Twenty, five!')).toEqual(['Twenty,', 'five!']);
    expect(textsOf('Twenty-five!')).toEqual(['twenty', 'five']);
    expect(textsOf('Thirty five!')).toEqual(['twenty', 'five']);
  });
});
