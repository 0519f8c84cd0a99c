import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { CliError } from './errors.ts';

/** What the server hears: 16 kHz, mono, signed 16-bit. */
const wanted = { formatTag: 1, channels: 1, sampleRateHz: 16_000, bitsPerSample: 16 };
/** WAVE_FORMAT_EXTENSIBLE keeps the real tag at this offset of its format chunk. */
const extensible = { formatTag: 0xfffe, realTagAt: 24 };
export const bytesPerSecond = wanted.sampleRateHz * 2;

/** Headers are small; what stands before the sound (cover pictures, notes) rarely is larger. */
const headBytes = 1024 * 1024;
const readBytes = 64 * 1024;

export interface WavFormat {
  readonly formatTag: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bitsPerSample: number;
}

export type WavHeader =
  | {
      readonly kind: 'sound';
      readonly format: WavFormat;
      /** Where the sound starts in the file, and how many bytes of it there are. */
      readonly offset: number;
      readonly byteCount: number;
    }
  | { readonly kind: 'not-wav' }
  /** A WAV file that ends, or goes on beyond these bytes, before its format and sound. */
  | { readonly kind: 'no-sound' };

/**
 * Reads the header of a WAV file of `fileBytes` from its first bytes. A length of 0 or beyond the end of
 * the file, as programs write that do not know it yet, means "until the end".
 */
export function parseWavHeader(head: Uint8Array, fileBytes: number): WavHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (textAt(head, 0) !== 'RIFF' || textAt(head, 8) !== 'WAVE') return { kind: 'not-wav' };
  let format: WavFormat | null = null;
  for (let at = 12; at + 8 <= head.length;) {
    const id = textAt(head, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === 'fmt ' && size >= 16 && body + size <= head.length) {
      format = readFormat(view, body, size);
    }
    if (id === 'data' && format) {
      const left = Math.max(0, fileBytes - body);
      const byteCount = size === 0 || size > left ? left : size;
      return byteCount > 0
        ? { kind: 'sound', format, offset: body, byteCount }
        : { kind: 'no-sound' };
    }
    // Chunks start at even offsets.
    at = body + size + (size % 2);
  }
  return { kind: 'no-sound' };
}

export interface WavSound extends AsyncDisposable {
  readonly durationMs: number;
  /** All of it, in pieces of whole samples. */
  frames(frameMs: number): AsyncGenerator<Uint8Array>;
}

/**
 * Opens a WAV file of 16 kHz, mono, 16 bits.
 *
 * @throws CliError that says how to convert it, when it is another kind of file.
 */
export async function openWav(path: string): Promise<WavSound> {
  const file = await open(path).catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new CliError(isMissing ? `There is no file ${path}` : `${path} cannot be read`);
  });
  try {
    const { size } = await file.stat();
    const head = new Uint8Array(Math.min(size, headBytes));
    await readFully(file, head, 0);
    const { offset, byteCount } = soundOf(path, parseWavHeader(head, size));
    const evenBytes = byteCount - (byteCount % 2);
    return {
      durationMs: (evenBytes / bytesPerSecond) * 1000,
      frames: (frameMs) => readFrames(file, offset, evenBytes, frameMs),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function soundOf(path: string, header: WavHeader): Extract<WavHeader, { kind: 'sound' }> {
  if (header.kind === 'not-wav') throw new CliError(`${path} is not a WAV file. ${advice(path)}`);
  if (header.kind === 'no-sound') throw new CliError(`${path} holds no sound`);
  const { formatTag, channels, sampleRateHz, bitsPerSample } = header.format;
  const fits =
    formatTag === wanted.formatTag &&
    channels === wanted.channels &&
    sampleRateHz === wanted.sampleRateHz &&
    bitsPerSample === wanted.bitsPerSample;
  if (fits) return header;
  const encoding = formatTag === wanted.formatTag ? 'PCM' : `encoding ${formatTag}`;
  throw new CliError(
    `${path} has ${sampleRateHz} Hz, ${channels} channels, ${bitsPerSample} bits, ${encoding}; ` +
      `16000 Hz, 1 channel, 16 bits, PCM are needed. ${advice(path)}`,
  );
}

function advice(path: string): string {
  const target = `${basename(path).replace(/\.[^.]*$/, '')}-16k.wav`;
  return `To convert it:\n  ffmpeg -i '${path}' -ar 16000 -ac 1 -c:a pcm_s16le '${target}'`;
}

async function* readFrames(
  file: FileHandle,
  offset: number,
  byteCount: number,
  frameMs: number,
): AsyncGenerator<Uint8Array> {
  const frameBytes = 2 * Math.round((frameMs / 1000) * wanted.sampleRateHz);
  const blockBytes = frameBytes * Math.ceil(readBytes / frameBytes);
  for (let start = 0; start < byteCount; start += blockBytes) {
    const block = new Uint8Array(Math.min(blockBytes, byteCount - start));
    await readFully(file, block, offset + start);
    for (let at = 0; at < block.length; at += frameBytes) {
      yield block.subarray(at, at + frameBytes);
    }
  }
}

/** @throws CliError when the file ends before `target` is full. */
async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new CliError('The file became shorter while it was read');
    done += bytesRead;
  }
}

function readFormat(view: DataView, body: number, size: number): WavFormat {
  const tag = view.getUint16(body, true);
  const isExtensible = tag === extensible.formatTag && size >= extensible.realTagAt + 2;
  return {
    formatTag: isExtensible ? view.getUint16(body + extensible.realTagAt, true) : tag,
    channels: view.getUint16(body + 2, true),
    sampleRateHz: view.getUint32(body + 4, true),
    bitsPerSample: view.getUint16(body + 14, true),
  };
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
