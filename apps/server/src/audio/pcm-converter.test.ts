import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPcmConverter, layoutFrameBytes, type PcmLayout } from './pcm-converter.ts';

const layoutOf = (sampleRateHz: number, bytesPerSample = 2, channels = 1): PcmLayout => ({
  sampleRateHz,
  bytesPerSample,
  channels,
});

function convertWhole(layout: PcmLayout, pcm: Uint8Array): Int16Array {
  const converter = createPcmConverter(layout);
  return samplesOf(Buffer.concat([converter.convert(pcm), converter.flush()]));
}

function samplesOf(bytes: Uint8Array): Int16Array {
  return new Int16Array(Uint8Array.from(bytes).buffer);
}

/** A sine of half full scale in every channel. */
function tone(layout: PcmLayout, frequencyHz: number, seconds: number): Uint8Array {
  const { sampleRateHz, bytesPerSample, channels } = layout;
  const bytes = Buffer.alloc(Math.round(sampleRateHz * seconds) * layoutFrameBytes(layout));
  for (let at = 0; at < bytes.length; at += bytesPerSample) {
    const index = Math.floor(at / bytesPerSample / channels);
    const value = 0.5 * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz);
    if (bytesPerSample === 1) bytes.writeUInt8(128 + Math.round(value * 127), at);
    else
      bytes.writeIntLE(Math.round(value * (2 ** (8 * bytesPerSample - 1) - 1)), at, bytesPerSample);
  }
  return bytes;
}

/** RMS of what is left of `samples` without a sine of this frequency, and that sine's amplitude. */
function fit(samples: Int16Array, frequencyHz: number) {
  const angle = (index: number) => (2 * Math.PI * frequencyHz * index) / 16_000;
  let [sine, cosine] = [0, 0];
  samples.forEach((sample, index) => {
    sine += (2 * sample * Math.sin(angle(index))) / samples.length;
    cosine += (2 * sample * Math.cos(angle(index))) / samples.length;
  });
  const rest = samples.reduce(
    (sum, sample, index) =>
      sum + (sample - sine * Math.sin(angle(index)) - cosine * Math.cos(angle(index))) ** 2,
    0,
  );
  return { amplitude: Math.hypot(sine, cosine), restRms: Math.sqrt(rest / samples.length) };
}

const anyLayout = fc.record({
  sampleRateHz: fc.oneof(
    fc.constantFrom(8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    fc.integer({ min: 4000, max: 192_000 }),
  ),
  bytesPerSample: fc.integer({ min: 1, max: 4 }),
  channels: fc.integer({ min: 1, max: 4 }),
});

describe('PCM that is converted', () => {
  it('comes back as the very bytes when it is 16 kHz mono 16-bit already', () => {
    const pcm = Uint8Array.from({ length: 640 }, (_, index) => (index * 37) % 256);
    expect(createPcmConverter(layoutOf(16_000)).convert(pcm)).toBe(pcm);
  });

  it('keeps its duration within a sample, whatever the layout', () => {
    fc.assert(
      fc.property(anyLayout, fc.nat(3000), (layout, frames) => {
        const pcm = new Uint8Array(frames * layoutFrameBytes(layout));
        const expected = Math.ceil((frames * 16_000) / layout.sampleRateHz);
        expect(convertWhole(layout, pcm)).toHaveLength(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('is the same however it is cut into chunks', () => {
    fc.assert(
      fc.property(
        anyLayout,
        fc.array(fc.nat(400), { maxLength: 12 }),
        fc.infiniteStream(fc.nat(255)),
        (layout, sizes, bytes) => {
          const frameBytes = layoutFrameBytes(layout);
          const total = sizes.reduce((sum, size) => sum + size, 0);
          const pcm = Uint8Array.from(
            { length: total * frameBytes },
            () => bytes.next().value as number,
          );
          const converter = createPcmConverter(layout);
          const parts: Uint8Array[] = [];
          let at = 0;
          for (const size of sizes) {
            parts.push(converter.convert(pcm.subarray(at, (at += size * frameBytes))));
          }
          parts.push(converter.flush());
          expect(samplesOf(Buffer.concat(parts))).toEqual(convertWhole(layout, pcm));
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([8000, 11_025, 22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 96_000])(
    'from %i Hz keeps a tone at its frequency and level, without clicks',
    (sampleRateHz) => {
      const layout = layoutOf(sampleRateHz);
      for (const frequencyHz of [100, 1000, 3000]) {
        // Its beginning and end ring a little, as every filter does.
        const inner = convertWhole(layout, tone(layout, frequencyHz, 1)).subarray(1600, -1600);
        const { amplitude, restRms } = fit(inner, frequencyHz);
        expect(amplitude).toBeGreaterThan(16_384 * 0.99);
        expect(amplitude).toBeLessThan(16_384 * 1.01);
        // More than 60 dB below the tone; rounding to 16 bits alone leaves 0.3.
        expect(restRms).toBeLessThan(10);
      }
    },
  );

  it('loses what 16 kHz cannot hold, instead of folding it back', () => {
    const layout = layoutOf(48_000);
    const inner = convertWhole(layout, tone(layout, 11_000, 1)).subarray(1600, -1600);
    expect(Math.max(...inner)).toBeLessThan(16);
  });

  it.each([
    [1, 256],
    [2, 1],
    [3, 1],
    [4, 1],
  ])('of %i bytes a sample keeps its level', (bytesPerSample, tolerance) => {
    const layout = layoutOf(16_000, bytesPerSample);
    const samples = convertWhole(layout, tone(layout, 1000, 0.1));
    samples.forEach((sample, index) => {
      const expected = 16_384 * Math.sin((2 * Math.PI * 1000 * index) / 16_000);
      expect(Math.abs(sample - expected)).toBeLessThanOrEqual(tolerance);
    });
  });

  it('reads full scale of every width with its sign', () => {
    const read = (bytesPerSample: number, ...bytes: number[]) => [
      ...convertWhole(layoutOf(16_000, bytesPerSample), Uint8Array.from(bytes)),
    ];
    expect(read(1, 0, 128, 255)).toEqual([-32_768, 0, 32_512]);
    expect(read(3, 0, 0, 0x80, 0xff, 0xff, 0x7f)).toEqual([-32_768, 32_767]);
    expect(read(4, 0, 0, 0, 0x80, 0, 0, 0x34, 0x12)).toEqual([-32_768, 0x1234]);
  });

  it('of several channels is their average', () => {
    const stereo = Buffer.alloc(8);
    [1000, 3000, -5, -6].forEach((sample, index) => stereo.writeInt16LE(sample, index * 2));
    expect([...convertWhole(layoutOf(16_000, 2, 2), stereo)]).toEqual([2000, -5]);
  });
});
