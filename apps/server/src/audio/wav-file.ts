import { createPcmConverter, layoutFrameBytes, type PcmLayout } from './pcm-converter.ts';
import { findWavSound, formatTag, formatTagOf } from './wav.ts';

/** Any WAV file of uncompressed sound. */
export interface WavFile {
  /** Where sound starts in the file. */
  readonly dataOffset: number;
  /** Bytes of sound in the file; whole frames. */
  readonly dataBytes: number;
  readonly durationMs: number;
  /**
   * Turns `dataBytes` of sound, cut into chunks anywhere, into 16 kHz mono s16le. Rates and channels are
   * converted as `createPcmConverter` says; floats beyond full scale are clipped.
   */
  convert(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

interface SampleFormat extends PcmLayout {
  readonly isFloat: boolean;
}

const minRateHz = 1000;
const maxRateHz = 768_000;
const maxChannels = 64;
const fullScale32 = 2 ** 31;

/**
 * Reads the header of a WAV file from its first bytes; `fileBytes` is the size of the whole file. Takes
 * integers of 8 to 32 bits, floats of 32 and 64 bits, and the oddities that `parseWav` takes. Null for
 * everything else, and where the sound does not begin within `head`.
 */
export function openWavFile(head: Uint8Array, fileBytes: number): WavFile | null {
  const found = findWavSound(head, fileBytes, sampleFormatOf);
  if (found.kind === 'invalid') return null;
  const { format, dataOffset } = found;
  const frameBytes = layoutFrameBytes(format);
  const dataBytes = found.dataBytes - (found.dataBytes % frameBytes);
  return {
    dataOffset,
    dataBytes,
    durationMs: (dataBytes / frameBytes / format.sampleRateHz) * 1000,
    convert: (chunks) => convert(chunks, format),
  };
}

function sampleFormatOf(chunk: DataView): SampleFormat | null {
  const tag = formatTagOf(chunk);
  const channels = chunk.getUint16(2, true);
  const sampleRateHz = chunk.getUint32(4, true);
  const blockBytes = chunk.getUint16(12, true);
  // 20 bits, say, lie at the top of 3 bytes: it is the bytes that count.
  const bytesPerSample = blockBytes / channels;
  const isFloat = tag === formatTag.float;
  const sizes = isFloat ? [4, 8] : [1, 2, 3, 4];
  const isSupported =
    (isFloat || tag === formatTag.pcm) &&
    channels >= 1 &&
    channels <= maxChannels &&
    sizes.includes(bytesPerSample) &&
    sampleRateHz >= minRateHz &&
    sampleRateHz <= maxRateHz;
  return isSupported ? { isFloat, sampleRateHz, channels, bytesPerSample } : null;
}

async function* convert(
  chunks: AsyncIterable<Uint8Array>,
  { isFloat, ...layout }: SampleFormat,
): AsyncIterable<Uint8Array> {
  const frameBytes = layoutFrameBytes(layout);
  const converter = createPcmConverter(isFloat ? { ...layout, bytesPerSample: 4 } : layout);
  let held: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = held.byteLength === 0 ? chunk : joined(held, chunk);
    const wholeBytes = bytes.byteLength - (bytes.byteLength % frameBytes);
    const whole = bytes.subarray(0, wholeBytes);
    held = bytes.slice(wholeBytes);
    const pcm = converter.convert(isFloat ? integersOf(whole, layout.bytesPerSample) : whole);
    if (pcm.byteLength > 0) yield pcm;
  }
  const rest = converter.flush();
  if (rest.byteLength > 0) yield rest;
}

/** Floats, full scale at ±1, as integers of 32 bits. */
function integersOf(floats: Uint8Array, bytesPerSample: number): Uint8Array {
  const from = new DataView(floats.buffer, floats.byteOffset, floats.byteLength);
  const count = floats.byteLength / bytesPerSample;
  const integers = new Uint8Array(count * 4);
  const to = new DataView(integers.buffer);
  for (let index = 0; index < count; index += 1) {
    const at = index * bytesPerSample;
    const value = bytesPerSample === 4 ? from.getFloat32(at, true) : from.getFloat64(at, true);
    const scaled = Math.round(value * fullScale32);
    // NaN and infinities occur in damaged files: `|| 0` is silence for the first.
    to.setInt32(index * 4, Math.max(-fullScale32, Math.min(fullScale32 - 1, scaled || 0)), true);
  }
  return integers;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.byteLength + second.byteLength);
  whole.set(first);
  whole.set(second, first.byteLength);
  return whole;
}
