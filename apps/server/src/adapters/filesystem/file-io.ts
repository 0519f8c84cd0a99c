import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The plain calls: at thousands of writes a second a FileHandle's bookkeeping shows. */
export const openFile = promisify(fs.open);
export const closeFile = promisify(fs.close);
export const truncateFile = promisify(fs.ftruncate);
export const dataSync = promisify(fs.fdatasync);
const writeVector = promisify(fs.writev);
const writeBytes = promisify(fs.write);
const readBytes = promisify(fs.read);
const statFile = promisify(fs.fstat);

/** Of a read, as of a chunk that is handed out. */
export const chunkBytes = 64 * 1024;

/** Writes all of the chunks at `position`, or rejects. */
export async function writeFully(
  fd: number,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<void> {
  const length = byteLengthOf(chunks);
  const [only] = chunks;
  const { bytesWritten } =
    only && chunks.length === 1
      ? await writeBytes(fd, only, 0, length, position)
      : await writeVector(fd, chunks, position);
  if (bytesWritten === length) return;
  // A short write: rare (a signal, a disk filling up). The rest goes out, or fails with its reason.
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let done = 0; done < rest.byteLength;) {
    const offset = position + bytesWritten + done;
    done += (await writeBytes(fd, rest, done, rest.byteLength - done, offset)).bytesWritten;
  }
}

/** Bytes [start, end) of the file, in new chunks; fewer when it ends before. */
export async function* readChunks(
  fd: number,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end;) {
    const buffer = new Uint8Array(Math.min(chunkBytes, end - at));
    const { bytesRead } = await readBytes(fd, buffer, 0, buffer.byteLength, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

export async function sizeOf(fd: number): Promise<number> {
  return (await statFile(fd)).size;
}

/** The file, or null when there is none. */
export async function openExisting(path: string, flags: string): Promise<number | null> {
  try {
    return await openFile(path, flags);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Brings the directory's entries to the disk: a file survives a power cut only together with its entry. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export function byteLengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
