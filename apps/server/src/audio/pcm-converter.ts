import { resamplingKernel, type ResamplingKernel } from './resampling-kernel.ts';

/** Interleaved little-endian PCM as a device may send it: 8 bits unsigned, 16, 24 and 32 bits signed. */
export interface PcmLayout {
  readonly sampleRateHz: number;
  readonly bytesPerSample: number;
  readonly channels: number;
}

/** Turns a stream of PCM into 16 kHz mono s16le. Where it is cut into chunks makes no difference. */
export interface PcmConverter {
  /** Takes whole samples of every channel; gives what can be told so far, perhaps nothing. */
  convert(pcm: Uint8Array): Uint8Array;
  /** The stream ended: gives the rest. The last call. */
  flush(): Uint8Array;
}

const outputRateHz = 16_000;
const nothing = new Uint8Array();

/** Bytes of one sample of every channel. */
export function layoutFrameBytes({ bytesPerSample, channels }: PcmLayout): number {
  return bytesPerSample * channels;
}

/**
 * A converter for a stream of this layout, with `bytesPerSample` of 1 to 4. Channels are averaged. Other
 * rates go through a windowed-sinc filter: n samples become ceil(n * 16000 / rate), and a tone keeps its
 * frequency and level up to about 0.9 of the lower of the two Nyquist frequencies. Sound that is 16 kHz mono
 * 16-bit already comes back as the very bytes.
 */
export function createPcmConverter(layout: PcmLayout): PcmConverter {
  const { sampleRateHz, bytesPerSample, channels } = layout;
  if (sampleRateHz === outputRateHz && bytesPerSample === 2 && channels === 1) {
    return { convert: (pcm) => pcm, flush: () => nothing };
  }
  if (sampleRateHz === outputRateHz) {
    return { convert: (pcm) => toS16le(mono(pcm, layout)), flush: () => nothing };
  }
  const resampler = createResampler(resamplingKernel(sampleRateHz, outputRateHz));
  return {
    convert: (pcm) => toS16le(resampler.take(mono(pcm, layout))),
    flush: () => toS16le(resampler.flush()),
  };
}

/** Samples in the range of 16 bits, not rounded, with the channels averaged. */
function mono(pcm: Uint8Array, layout: PcmLayout): Float64Array {
  const { bytesPerSample, channels } = layout;
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const samples = new Float64Array(Math.floor(pcm.byteLength / layoutFrameBytes(layout)));
  let at = 0;
  for (let index = 0; index < samples.length; index += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1, at += bytesPerSample) {
      sum += sampleAt(view, at, bytesPerSample);
    }
    samples[index] = sum / channels;
  }
  return samples;
}

function sampleAt(view: DataView, at: number, bytesPerSample: number): number {
  switch (bytesPerSample) {
    case 1:
      return (view.getUint8(at) - 128) * 256;
    case 2:
      return view.getInt16(at, true);
    case 3:
      return view.getInt8(at + 2) * 256 + view.getUint16(at, true) / 256;
    default:
      return view.getInt32(at, true) / 65_536;
  }
}

function toS16le(samples: Float64Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < samples.length; index += 1) {
    const sample = Math.round(samples[index] ?? 0);
    view.setInt16(index * 2, Math.max(-32_768, Math.min(32_767, sample)), true);
  }
  return bytes;
}

interface Resampler {
  take(samples: Float64Array): Float64Array;
  flush(): Float64Array;
}

/**
 * Output sample n lies at n * step / phases of the input, `step / phases` being the ratio of the rates in
 * lowest terms; positions are kept as whole numbers, so that nothing drifts.
 */
function createResampler(kernel: ResamplingKernel): Resampler {
  const { step, phases, halfWidth } = kernel;
  /** Input from `heldFrom` on; what came before the beginning counts as silence. */
  let held: Float64Array = new Float64Array(halfWidth);
  let heldFrom = -halfWidth;
  /** The next output sample: whole input samples, and phases of one. */
  let position = 0;
  let phase = 0;

  /** Every output sample that lies before `end` and whose neighbourhood is held. */
  function produce(end: number): Float64Array {
    const last = Math.min(end - 1, heldFrom + held.length - 1 - halfWidth);
    const count = Math.max(0, Math.ceil(((last + 1 - position) * phases - phase) / step));
    const output = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      output[index] = kernel.at(held, position - heldFrom, phase);
      phase += step;
      position += Math.floor(phase / phases);
      phase %= phases;
    }
    const spent = Math.min(held.length, Math.max(0, position - halfWidth - heldFrom));
    held = held.slice(spent);
    heldFrom += spent;
    return output;
  }

  function append(samples: Float64Array): void {
    const joined = new Float64Array(held.length + samples.length);
    joined.set(held);
    joined.set(samples, held.length);
    held = joined;
  }

  return {
    take(samples) {
      append(samples);
      return produce(Infinity);
    },
    flush() {
      const end = heldFrom + held.length;
      append(new Float64Array(halfWidth));
      return produce(end);
    },
  };
}
