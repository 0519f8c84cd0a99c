import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutUtterance, placePiece, type TranscriptPiece } from './pieces.ts';
import type { HeardUtterance } from './ports.ts';

const word = (text: string, startMs: number, endMs: number) => ({
  text,
  startMs,
  endMs,
  confidence: null,
});

const said: HeardUtterance = {
  startMs: 1000,
  endMs: 4000,
  text: 'one two three',
  speaker: '0',
  confidence: 0.9,
  words: [word('one', 1000, 1800), word('two', 2000, 2900), word('three', 3100, 4000)],
};

const piece: TranscriptPiece = {
  userId: userIdSchema.parse('a'.repeat(24)),
  captureId: captureIdSchema.parse('b'.repeat(32)),
  pass: 'live',
  provider: 'deepgram',
  model: 'nova-3',
  startMs: 500,
  endMs: 5000,
  utterances: [said],
};

describe('a piece of a transcript', () => {
  it('is cut between words and moved to where its conversation has it', () => {
    expect(placePiece(piece, { startMs: 1900, endMs: 60_000 }, -1900)).toMatchObject({
      startMs: 0,
      endMs: 3100,
      provider: 'deepgram',
      utterances: [{ startMs: 100, endMs: 2100, text: 'two three', speaker: '0' }],
    });
  });

  it('is nothing where it does not reach, and silence where nobody spoke', () => {
    expect(placePiece(piece, { startMs: 5000, endMs: 6000 }, 0)).toBeNull();
    expect(placePiece(piece, { startMs: 0, endMs: 900 }, 0)).toMatchObject({ utterances: [] });
  });

  it('goes whole to where its middle is, when the times of its words are not known', () => {
    const whole = { ...said, words: [] };
    expect(cutUtterance(whole, { startMs: 0, endMs: 2600 })).toBe(whole);
    expect(cutUtterance(whole, { startMs: 2600, endMs: 9000 })).toBeNull();
  });

  it('loses and doubles no word, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 6000, noNaN: true }), (atMs) => {
        const parts = [
          cutUtterance(said, { startMs: 0, endMs: atMs }),
          cutUtterance(said, { startMs: atMs, endMs: 10_000 }),
        ];
        const texts = parts.flatMap((part) => part?.words.map(({ text }) => text) ?? []);
        expect(texts).toEqual(['one', 'two', 'three']);
      }),
    );
  });
});
