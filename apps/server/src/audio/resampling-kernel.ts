/**
 * A band-limited interpolator between two sample rates: a sinc, cut off below the lower Nyquist frequency,
 * under a Kaiser window (J. O. Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/).
 */
export interface ResamplingKernel {
  /** The ratio of the rates in lowest terms: an output sample every `step / phases` input samples. */
  readonly step: number;
  readonly phases: number;
  /** Input samples needed before and after an output sample. */
  readonly halfWidth: number;
  /** The sound at `index + phase / phases`; `halfWidth` samples before and after must be there. */
  at(samples: Float64Array, index: number, phase: number): number;
}

/** Zero crossings of the sinc on each side, and the window's shape: about 80 dB of stopband. */
const zeroCrossings = 16;
const kaiserBeta = 8;
/** Where the pass band ends, of the lower Nyquist frequency. */
const passBand = 0.95;
/** More phases than this are interpolated between: 44,101 Hz would need 16,000. */
const maxRows = 256;
/** Kernels kept, oldest out first: devices know a handful of rates. */
const maxKernels = 8;

const kernels = new Map<string, ResamplingKernel>();

export function resamplingKernel(fromHz: number, toHz: number): ResamplingKernel {
  const key = `${fromHz}/${toHz}`;
  const kernel = kernels.get(key) ?? makeKernel(fromHz, toHz);
  kernels.delete(key);
  kernels.set(key, kernel);
  for (const oldest of kernels.keys()) {
    if (kernels.size <= maxKernels) break;
    kernels.delete(oldest);
  }
  return kernel;
}

function makeKernel(fromHz: number, toHz: number): ResamplingKernel {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const step = fromHz / divisor;
  const phases = toHz / divisor;
  /** Cut-off as a part of the input's Nyquist frequency. */
  const cutoff = passBand * Math.min(1, toHz / fromHz);
  const halfWidth = Math.ceil(zeroCrossings / cutoff);
  const taps = 2 * halfWidth;
  const rows = Math.min(phases, maxRows);
  const table = Array.from({ length: rows + 1 }, (_, row) =>
    kernelRow(row / rows, halfWidth, cutoff),
  );

  return {
    step,
    phases,
    halfWidth,
    at(samples, index, phase) {
      const place = (phase * rows) / phases;
      const lower = Math.floor(place);
      const low = weigh(samples, index - halfWidth + 1, taps, table[lower]);
      const share = place - lower;
      if (share === 0) return low;
      const high = weigh(samples, index - halfWidth + 1, taps, table[lower + 1]);
      return low + share * (high - low);
    },
  };
}

function weigh(
  samples: Float64Array,
  from: number,
  taps: number,
  weights: Float64Array | undefined,
): number {
  let sum = 0;
  for (let tap = 0; weights && tap < taps; tap += 1) {
    sum += (samples[from + tap] ?? 0) * (weights[tap] ?? 0);
  }
  return sum;
}

/** The weights of the input samples around a place `fraction` after one of them; they add up to 1. */
function kernelRow(fraction: number, halfWidth: number, cutoff: number): Float64Array {
  const row = new Float64Array(2 * halfWidth);
  let sum = 0;
  for (let tap = 0; tap < row.length; tap += 1) {
    const distance = tap - halfWidth + 1 - fraction;
    const weight = sinc(distance * cutoff) * kaiser(distance / halfWidth);
    row[tap] = weight;
    sum += weight;
  }
  return row.map((weight) => weight / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(kaiserBeta * Math.sqrt(1 - x * x)) / bessel(kaiserBeta);
}

/** The modified Bessel function of the first kind, of order 0, as its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
