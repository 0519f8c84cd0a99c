import { frameBytes, type PcmFormat } from './format.ts';

/** Bytes of the header that `wavHeader` makes; in such a file sound starts there. */
export const wavHeaderBytes = 44;

const maxUint32 = 0xffff_ffff;
const chunkHeaderBytes = 8;
/** Where the first chunk starts: after `RIFF`, the size and `WAVE`. */
const firstChunkAt = 12;
const formatChunkBytes = 16;
export const formatTag = { pcm: 0x0001, float: 0x0003, extensible: 0xfffe } as const;
/** Where WAVE_FORMAT_EXTENSIBLE keeps the real format tag, the first field of the sub-format's GUID. */
const subFormatAt = 24;

/**
 * The header of a WAV file with `byteCount` bytes of sound. From 4 GiB on the size is written as
 * 0xFFFFFFFF, which readers take for "until the end of the file".
 */
export function wavHeader(format: PcmFormat, byteCount: number): Uint8Array {
  const { channels, sampleRateHz } = format;
  const header = new Uint8Array(wavHeaderBytes);
  const view = new DataView(header.buffer);
  header.set(ascii('RIFF'), 0);
  view.setUint32(4, Math.min(wavHeaderBytes - chunkHeaderBytes + byteCount, maxUint32), true);
  header.set(ascii('WAVEfmt '), 8);
  view.setUint32(16, formatChunkBytes, true);
  view.setUint16(20, formatTag.pcm, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * frameBytes(format), true);
  view.setUint16(32, frameBytes(format), true);
  view.setUint16(34, 16, true);
  header.set(ascii('data'), 36);
  view.setUint32(40, Math.min(byteCount, maxUint32), true);
  return header;
}

export type WavParse =
  | {
      readonly kind: 'wav';
      readonly format: PcmFormat;
      /** Where sound starts in the file. */
      readonly dataOffset: number;
      /** Bytes of sound in the file; whole frames. */
      readonly dataBytes: number;
    }
  | WavInvalid;

/** `unsupported`: a WAV file, but not of 16-bit PCM. `incomplete`: no format or no sound in these bytes. */
export interface WavInvalid {
  readonly kind: 'invalid';
  readonly reason: 'not-wav' | 'unsupported' | 'incomplete';
}

/**
 * Reads the header of a WAV file from its first bytes. `fileBytes` is the size of the whole file.
 *
 * Takes what real programs write: chunks in any order, unknown chunks, WAVE_FORMAT_EXTENSIBLE, and as
 * the size of the sound 0, 0xFFFFFFFF or more than the file holds, all meaning "until its end". Throws on
 * no input.
 */
export function parseWav(bytes: Uint8Array, fileBytes: number = bytes.length): WavParse {
  const found = findWavSound(bytes, fileBytes, formatOf);
  if (found.kind === 'invalid') return found;
  const { format, dataOffset, dataBytes } = found;
  return {
    kind: 'wav',
    format,
    dataOffset,
    dataBytes: dataBytes - (dataBytes % frameBytes(format)),
  };
}

export type WavSound<Format> =
  | {
      readonly kind: 'found';
      readonly format: Format;
      readonly dataOffset: number;
      /** Perhaps not whole frames. */
      readonly dataBytes: number;
    }
  | WavInvalid;

/**
 * Finds the format and the sound among the chunks of a WAV file. `readFormat` is given the body of the
 * `fmt ` chunk, of at least 16 bytes; its null means `unsupported`.
 */
export function findWavSound<Format>(
  bytes: Uint8Array,
  fileBytes: number,
  readFormat: (chunk: DataView) => Format | null,
): WavSound<Format> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (textAt(bytes, 0) !== 'RIFF' || textAt(bytes, 8) !== 'WAVE') return invalid('not-wav');

  let format: Format | null = null;
  let data: { readonly offset: number; readonly byteCount: number } | null = null;
  for (let at = firstChunkAt; at + chunkHeaderBytes <= bytes.length;) {
    const id = textAt(bytes, at);
    const size = view.getUint32(at + 4, true);
    const body = at + chunkHeaderBytes;
    if (id === 'fmt ' && !format) {
      if (size < formatChunkBytes || body + size > bytes.length) return invalid('incomplete');
      format = readFormat(new DataView(view.buffer, view.byteOffset + body, size));
      if (!format) return invalid('unsupported');
    }
    if (id === 'data' && !data) {
      const left = Math.max(0, fileBytes - body);
      data = { offset: body, byteCount: size === 0 || size > left ? left : size };
    }
    if (format && data) {
      return { kind: 'found', format, dataOffset: data.offset, dataBytes: data.byteCount };
    }
    // Chunks start at even offsets.
    at = body + (id === 'data' && data ? data.byteCount : size) + (size % 2);
  }
  return invalid('incomplete');
}

/** The format tag of a `fmt ` chunk, of an extensible one the real one; null when it is cut off. */
export function formatTagOf(chunk: DataView): number | null {
  const tag = chunk.getUint16(0, true);
  if (tag !== formatTag.extensible) return tag;
  return chunk.byteLength < subFormatAt + 2 ? null : chunk.getUint16(subFormatAt, true);
}

function formatOf(chunk: DataView): PcmFormat | null {
  const channels = chunk.getUint16(2, true);
  const sampleRateHz = chunk.getUint32(4, true);
  const bitsPerSample = chunk.getUint16(14, true);
  const isSupported =
    formatTagOf(chunk) === formatTag.pcm &&
    bitsPerSample === 16 &&
    channels > 0 &&
    sampleRateHz > 0;
  return isSupported ? { encoding: 'pcm_s16le', sampleRateHz, channels } : null;
}

function invalid(reason: WavInvalid['reason']): WavInvalid {
  return { kind: 'invalid', reason };
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
