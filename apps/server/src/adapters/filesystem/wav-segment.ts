import {
  durationMs,
  frameBytes,
  wavHeader,
  wavHeaderBytes,
  type PcmFormat,
} from '../../audio/index.ts';
import { byteLengthOf, sizeOf, truncateFile, writeFully } from './file-io.ts';
import type { SavedSound, SegmentLayout } from './segment-layout.ts';

/** PCM as a WAV file, whose header says 0 bytes until it is sealed. */
export function wavLayout(format: PcmFormat): SegmentLayout {
  let soundBytes = 0;
  return {
    head: wavHeader(format, 0),
    get fileBytes() {
      return wavHeaderBytes + soundBytes;
    },
    encode(chunks) {
      return { bytes: chunks, count: () => void (soundBytes += byteLengthOf(chunks)) };
    },
    async complete(fd) {
      await completeWav(fd, format, soundBytes);
      return soundBytes;
    },
  };
}

/** Makes the file whole, with the whole samples among its first `fileBytes` bytes. */
export async function repairWav(
  fd: number,
  format: PcmFormat,
  fileBytes = Infinity,
): Promise<SavedSound> {
  const soundBytes = Math.max(0, Math.min(await sizeOf(fd), fileBytes) - wavHeaderBytes);
  const byteCount = soundBytes - (soundBytes % frameBytes(format));
  await completeWav(fd, format, byteCount);
  return { byteCount, durationMs: durationMs(format, byteCount), gaps: [] };
}

/** Leaves `soundBytes` bytes of sound, cutting what a failed append or a torn sample left, and says so in the header. */
async function completeWav(fd: number, format: PcmFormat, soundBytes: number): Promise<void> {
  await truncateFile(fd, wavHeaderBytes + soundBytes);
  await writeFully(fd, [wavHeader(format, soundBytes)], 0);
}
