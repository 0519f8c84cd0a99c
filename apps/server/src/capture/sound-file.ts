import { openWavFile } from '../audio/index.ts';
import type { SoundDecoder, UploadedFile, UploadFiles } from './upload-ports.ts';

/** More than any header of a WAV file needs; where it does not suffice a decoder reads the file. */
const headBytes = 64 * 1024;

/** The sound of an uploaded file. */
export interface SoundFile {
  /** As the file says; null when it does not. */
  readonly durationMs: number | null;
  /** 16 kHz mono s16le, whole samples; the same on every call. Throws as `SoundDecoder.decode`. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/**
 * Opens a file of any format: uncompressed WAV by ourselves, all else by the decoder.
 * Throws as `SoundDecoder.probe`.
 */
export async function openSoundFile(
  file: UploadedFile,
  { files, decoder }: { readonly files: UploadFiles; readonly decoder: SoundDecoder },
  signal: AbortSignal,
): Promise<SoundFile> {
  const head = Buffer.concat(await Array.fromAsync(files.read(file, 0, headBytes)));
  const wav = openWavFile(head, file.byteCount);
  if (wav) {
    const { durationMs, dataOffset, dataBytes } = wav;
    return {
      durationMs,
      read: (reading) =>
        wav.convert(whileWanted(files.read(file, dataOffset, dataOffset + dataBytes), reading)),
    };
  }
  const path = files.pathOf(file);
  const durationMs = await decoder.probe(path, signal);
  return { durationMs, read: (reading) => decoder.decode(path, reading) };
}

async function* whileWanted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
