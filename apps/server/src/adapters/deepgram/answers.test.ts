import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../base/index.ts';
import { utterancesOf } from './heard.ts';
import { readMessage } from './live-message.ts';
import { readAnswer } from './recorded-answer.ts';

/** As the service sends them: starts that overlap or go back, ends before starts, speakers that are missing. */
const word = fc.record({
  word: fc.string({ minLength: 1, maxLength: 8 }),
  start: fc.double({ min: 0, max: 100, noNaN: true }),
  end: fc.double({ min: 0, max: 100, noNaN: true }),
  confidence: fc.option(fc.double({ min: -0.1, max: 1.1, noNaN: true })),
  speaker: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
});
const words = fc.array(word, { maxLength: 40 });
const duration = 100;
const answer = (alternative: object, utterances?: readonly object[]): string =>
  JSON.stringify({
    metadata: { duration, model_info: { 'm-1': { name: 'general-nova-3' } } },
    results: { channels: [{ alternatives: [alternative] }], ...(utterances && { utterances }) },
  });

describe('words of Deepgram', () => {
  it('are each in one utterance, of one speaker, in order and within its times', () => {
    fc.assert(
      fc.property(words, (said) => {
        const utterances = utterancesOf(said);
        const heard = utterances.flatMap((utterance) => utterance.words);
        expect(heard.map(({ text }) => text).sort()).toEqual(said.map((each) => each.word).sort());
        for (const { startMs, endMs, words: own, text, confidence } of utterances) {
          expect(text).toBe(own.map((each) => each.text).join(' '));
          expect(confidence ?? 0.5).toBeGreaterThanOrEqual(0);
          expect(confidence ?? 0.5).toBeLessThanOrEqual(1);
          for (const each of own) {
            expect(each.startMs).toBeGreaterThanOrEqual(startMs);
            expect(each.endMs).toBeGreaterThanOrEqual(each.startMs);
            expect(each.endMs).toBeLessThanOrEqual(endMs);
          }
        }
        const starts = heard.map(({ startMs }) => startMs);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }),
    );
  });

  it('begin a new utterance with another speaker and after a long pause', () => {
    const at = (start: number, speaker: number) => ({
      word: 'w',
      start,
      end: start + 0.2,
      speaker,
    });
    const utterances = utterancesOf([at(0, 0), at(0.5, 0), at(1, 1), at(2.1, 1)]);
    expect(utterances.map(({ startMs, speaker }) => [startMs, speaker])).toEqual([
      [0, '0'],
      [1000, '1'],
      [2100, '1'],
    ]);
  });
});

describe('an answer about recorded sound', () => {
  it('loses no word that the utterances leave out', () => {
    fc.assert(
      fc.property(words, fc.nat(), (said, cut) => {
        const transcript = said.map((each) => each.word).join(' ');
        const parts = [{ words: said.slice(0, cut % (said.length + 1)) }];
        const hearing = readAnswer(answer({ transcript, words: said }, parts), 'nova-3');
        const heard = hearing.kind === 'silence' ? [] : hearing.utterances.flatMap((u) => u.words);
        expect(heard).toHaveLength(said.length);
      }),
    );
  });

  it('may have text without times', () => {
    expect(readAnswer(answer({ transcript: ' Hello. ' }), 'nova-3')).toMatchObject({
      model: 'general-nova-3',
      utterances: [{ startMs: 0, endMs: 100_000, text: 'Hello.', words: [] }],
    });
  });

  it('is refused, and never thrown at us, when it is anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => readAnswer(text, 'nova-3')).toThrow(ProviderError);
      }),
    );
  });
});

describe('a live message', () => {
  it('is a result, or one of a kind that is known, or not readable; it never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['other', 'unreadable']).toContain(readMessage(text).kind);
      }),
    );
  });

  it('places its words and its span on the clock of the session', () => {
    const alternatives = [{ transcript: 'Hi.', words: [{ word: 'hi', start: 2.5, end: 2.75 }] }];
    const text = JSON.stringify({
      type: 'Results',
      start: 2,
      duration: 1.9,
      is_final: true,
      channel: { alternatives },
    });
    expect(readMessage(text)).toMatchObject({
      kind: 'result',
      result: {
        startMs: 2000,
        endMs: 3900,
        isFinal: true,
        utterances: [{ startMs: 2500, endMs: 2750 }],
      },
    });
  });

  it.each([
    [{ type: 'Metadata', duration: 3.3 }, 'summary'],
    [{ type: 'Metadata', duration: 0 }, 'other'],
    [{ type: 'Metadata' }, 'other'],
    [{ type: 'Error', description: 'DATA-0000: not audio' }, 'error'],
    [{ type: 'Results', start: 1 }, 'unreadable'],
    [{ type: 'SpeechStarted', channel: [0, 1], timestamp: 1.2 }, 'other'],
  ])('%j is taken for %s', (message, kind) => {
    expect(readMessage(JSON.stringify(message)).kind).toBe(kind);
  });
});
