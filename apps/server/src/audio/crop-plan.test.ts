import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCrop } from './crop-plan.ts';
import { byteOffset, frameBytes, type PcmFormat } from './format.ts';

const settings = { minRegionMs: 1000, paddingMs: 100 };
const window = { startMs: 0, endMs: 10_000 };

describe('planCrop', () => {
  it('keeps long regions with padding and leaves short ones out', () => {
    const regions = [
      { startMs: 2000, endMs: 3500 },
      { startMs: 5000, endMs: 5999 },
    ];
    expect(planCrop(regions, window, settings)).toEqual([{ startMs: 1900, endMs: 3600 }]);
  });

  it('joins regions whose padding meets', () => {
    const regions = [
      { startMs: 1000, endMs: 2000 },
      { startMs: 2150, endMs: 4000 },
    ];
    expect(planCrop(regions, window, settings)).toEqual([{ startMs: 900, endMs: 4100 }]);
  });

  it('never reaches beyond the window', () => {
    const regions = [
      { startMs: 0, endMs: 1500 },
      { startMs: 8500, endMs: 10_400 },
    ];
    expect(planCrop(regions, window, settings)).toEqual([
      { startMs: 0, endMs: 1600 },
      { startMs: 8400, endMs: 10_000 },
    ]);
  });

  it('keeps nothing when no region is long enough', () => {
    expect(planCrop([{ startMs: 0, endMs: 900 }], window, settings)).toEqual([]);
  });

  it('takes whole samples in order and none twice, at any rate', () => {
    const format = fc.record({
      encoding: fc.constant<PcmFormat['encoding']>('pcm_s16le'),
      sampleRateHz: fc.constantFrom(8000, 11_025, 16_000, 44_100, 48_000),
      channels: fc.constantFrom(1, 2),
    });
    const regions = fc.array(
      fc
        .tuple(fc.double({ min: 0, max: 10_000, noNaN: true }), fc.nat(3000))
        .map(([startMs, length]) => ({ startMs, endMs: startMs + length })),
    );
    fc.assert(
      fc.property(format, regions, (sound, list) => {
        let at = 0;
        for (const { startMs, endMs } of planCrop(list, window, settings)) {
          const [from, to] = [byteOffset(sound, startMs), byteOffset(sound, endMs)];
          expect(from).toBeGreaterThanOrEqual(at);
          expect(to).toBeGreaterThan(from);
          expect(from % frameBytes(sound)).toBe(0);
          at = to;
        }
        expect(at).toBeLessThanOrEqual(byteOffset(sound, window.endMs));
      }),
    );
  });
});
