import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLostPacket, opusFormat, opusPacketDurationMs, speechFormat } from '../audio/index.ts';
import { noise, opusPacket } from './fakes.ts';
import { frameSound, splitSound } from './frame-sound.ts';

const frame = (bytes: Uint8Array, lostBeforeMs = 0) => ({ bytes, seq: 7, lostBeforeMs });

describe('what is stored for a frame', () => {
  it('is its PCM; what was lost before it is left out', () => {
    expect(frameSound(speechFormat, frame(noise(640), 100))).toEqual({
      skipMs: 100,
      sound: { chunks: [noise(640)], durationMs: 20, lostMs: 0, seq: 7 },
    });
  });

  it('is its packet, behind lost ones of the same duration', () => {
    const stored = frameSound(opusFormat, frame(opusPacket(1), 65));
    expect(stored).toMatchObject({ skipMs: 0, sound: { durationMs: 80, lostMs: 60, seq: 7 } });
    const { chunks = [] } = stored?.sound ?? {};
    expect(chunks.map(isLostPacket)).toEqual([true, true, true, false]);
    expect(chunks.map(opusPacketDurationMs)).toEqual([20, 20, 20, 20]);
    expect(chunks.at(-1)).toEqual(opusPacket(1));
  });

  it('counts lost packets in single frames where a packet holds several', () => {
    // Three frames of 20 ms.
    const packet = Uint8Array.of((23 << 3) | 3, 3, 1, 2, 3);
    const stored = frameSound(opusFormat, frame(packet, 60));
    expect(stored?.sound).toMatchObject({ durationMs: 120, lostMs: 60 });
    expect(stored?.sound.chunks).toHaveLength(4);
  });

  it('is not filled up where very much was lost', () => {
    expect(frameSound(opusFormat, frame(opusPacket(1), 5_001))).toMatchObject({
      skipMs: 5_001,
      sound: { durationMs: 20, lostMs: 0 },
    });
  });

  it('is nothing where a packet is none', () => {
    expect(frameSound(opusFormat, frame(Uint8Array.of((23 << 3) | 3)))).toBeNull();
  });
});

describe('dividing at a segment’s end', () => {
  it('cuts PCM to the sample, and a number goes with the end of its frame', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 12_000 }),
        (sampleCounts, room) => {
          const sounds = sampleCounts.flatMap((count, index) => {
            const stored = frameSound(speechFormat, {
              bytes: noise(count * 2, index),
              seq: index + 1,
              lostBeforeMs: 0,
            });
            return stored ? [stored.sound] : [];
          });
          const [now, later] = splitSound(speechFormat, sounds, room / 16);
          const bytes = (part: typeof sounds) =>
            Buffer.concat(part.flatMap(({ chunks }) => chunks));
          expect(Buffer.concat([bytes([...now]), bytes([...later])])).toEqual(bytes(sounds));
          const total = sampleCounts.reduce((sum, count) => sum + count, 0);
          expect(bytes([...now])).toHaveLength(Math.min(total, room) * 2);
          const numbers = [...now, ...later].flatMap(({ seq }) => seq ?? []);
          expect(numbers).toEqual(sampleCounts.map((_, index) => index + 1));
        },
      ),
    );
  });

  it('never divides an Opus frame', () => {
    const sounds = [1, 2, 3].flatMap((value) => {
      const stored = frameSound(opusFormat, frame(opusPacket(value)));
      return stored ? [stored.sound] : [];
    });
    expect(splitSound(opusFormat, sounds, 59).map((part) => part.length)).toEqual([2, 1]);
    expect(splitSound(opusFormat, sounds, 60).map((part) => part.length)).toEqual([3, 0]);
    expect(splitSound(opusFormat, sounds, 10).map((part) => part.length)).toEqual([0, 3]);
  });
});
