import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPeakReader } from './peaks.ts';

/** A WAV file with a chunk before its sound, as some programs write. */
function wav(samples: readonly number[], declaredBytes = samples.length * 2): Uint8Array {
  const bytes = new Uint8Array(56 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, value: string) => {
    for (let index = 0; index < value.length; index++) {
      view.setUint8(offset + index, value.charCodeAt(index));
    }
  };
  text(0, 'RIFF');
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(34, 16, true);
  text(36, 'LIST');
  view.setUint32(40, 3, true);
  text(48, 'data');
  view.setUint32(52, declaredBytes, true);
  samples.forEach((sample, index) => view.setInt16(56 + index * 2, sample, true));
  return bytes;
}

const read = (bytes: Uint8Array, bucketCount: number, cuts: readonly number[] = []) => {
  const reader = createPeakReader(bucketCount, bytes.length);
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  places.slice(1).forEach((place, index) => reader.push(bytes.subarray(places[index], place)));
  return [...reader.peaks()];
};

describe('peaks', () => {
  it('keeps the loudest sample of each bucket, by the loudest of all', () => {
    expect(read(wav([0, 4000, -16_000, 5, 8000, -1]), 3)).toEqual([0.25, 1, 0.5]);
  });

  it('reads alike however the file is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(170), { maxLength: 8 }),
        (samples, cuts) => {
          const bytes = wav(samples);
          const within = cuts.filter((cut) => cut <= bytes.length);
          expect(read(bytes, 7, within)).toEqual(read(bytes, 7));
        },
      ),
    );
  });

  it('goes by the length of the file where the header does not know it', () => {
    expect(read(wav([4000, 8000, 16_000], 0xffff_ffff), 3)).toEqual([0.25, 0.5, 1]);
    expect(read(wav([1, 2, 4], 0), 3)).toHaveLength(3);
  });

  it('does not draw a hum as if it were speech', () => {
    expect(Math.max(...read(wav([80, -90, 70]), 3))).toBeLessThan(0.1);
  });

  it('refuses what is no 16-bit WAV file', () => {
    expect(() => read(new TextEncoder().encode('<html>not a sound</html>'), 3)).toThrow(RangeError);
  });
});
