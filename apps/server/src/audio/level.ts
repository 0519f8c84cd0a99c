const fullScale = 32_768;
const quietestDb = -100;

/** Mean of the squared samples, on a scale where full scale is 1. 0 for no samples. */
export function meanSquare(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : sum / samples.length / (fullScale * fullScale);
}

/**
 * RMS level in dBFS, -100..0, of a mean square as `meanSquare` gives it. 0 dBFS is a square wave of full
 * scale, so a sine of full scale has -3.01 (AES17 would call it 0).
 */
export function levelDb(meanSquareOfFullScale: number): number {
  return Math.min(0, Math.max(quietestDb, 10 * Math.log10(meanSquareOfFullScale)));
}
