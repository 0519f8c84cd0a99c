import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markedPositionMs, markSound } from './marks.ts';

const samplesPerMs = 16;

it('tell where a stretch comes from, however it is cut out of the sound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 24 * 3600_000 }),
      fc.nat({ max: 500 }),
      fc.uint8Array({ minLength: 2000, maxLength: 2000 }),
      (startMs, firstSample, pcm) => {
        const cut = markSound(pcm, startMs).subarray(2 * firstSample, 2 * firstSample + 320);
        expect(markedPositionMs(cut)).toBeCloseTo(startMs + firstSample / samplesPerMs, 3);
      },
    ),
  );
});

it('are not seen in other sound, and change no sample by more than one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 640, maxLength: 640 }), (pcm) => {
      expect(markedPositionMs(pcm)).toBeNull();
      const marked = markSound(pcm, 1000);
      for (const [index, byte] of marked.entries()) {
        expect(Math.abs(byte - pcm[index]!)).toBeLessThanOrEqual(index % 2 === 0 ? 1 : 0);
      }
    }),
  );
});
