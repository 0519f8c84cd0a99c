import { describe, expect, it } from 'vitest';
import { levelDb, meanSquare } from './level.ts';

const levelOf = (samples: Int16Array): number => levelDb(meanSquare(samples));

describe('level', () => {
  it('is -100 for silence and for no sound at all', () => {
    expect(levelOf(new Int16Array(512))).toBe(-100);
    expect(levelOf(new Int16Array(0))).toBe(-100);
  });

  it('is 0 at full scale and never above', () => {
    expect(levelOf(new Int16Array(512).fill(-32_768))).toBe(0);
  });

  it('is -3.01 for a sine of full scale and 20 dB less for a tenth of it', () => {
    const sine = (peak: number): Int16Array =>
      Int16Array.from({ length: 1600 }, (_, i) => peak * Math.sin((2 * Math.PI * i) / 16));
    expect(levelOf(sine(32_767))).toBeCloseTo(-3.01, 1);
    expect(levelOf(sine(3_276.7))).toBeCloseTo(-23.01, 1);
  });
});
