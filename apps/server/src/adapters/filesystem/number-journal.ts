import { rm } from 'node:fs/promises';
import type { Append } from './append-thread.ts';
import { closeFile, dataSync, openExisting, openFile, readChunks, sizeOf } from './file-io.ts';

/**
 * The numbers of the frames in a segment's file, beside it as `<n>.seq`: after each append one entry of 16
 * bytes, little-endian: the file's size then (uint32), the highest number in it (float64), and the sum of
 * the three 32-bit words before, so that a torn entry is none (uint32).
 */
export interface NumberJournal {
  /** The file has `fileBytes` bytes that count, and holds frames up to `lastSeq`. */
  note(fileBytes: number, lastSeq: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface JournalEntry {
  readonly fileBytes: number;
  readonly lastSeq: number;
}

const entryBytes = 16;

export async function createJournal(path: string, append: Append): Promise<NumberJournal> {
  const fd = await openFile(path, 'wx', 0o600);
  let size = 0;
  return {
    async note(fileBytes, lastSeq) {
      await append(fd, [encode({ fileBytes, lastSeq })], size);
      size += entryBytes;
    },
    sync: () => dataSync(fd),
    close: () => closeFile(fd),
  };
}

/**
 * The last entry that a file of `fileBytes` bytes can hold what it says of: `none` when no entry does,
 * null when there is no journal.
 */
export async function lastEntry(
  path: string,
  fileBytes: number,
): Promise<JournalEntry | 'none' | null> {
  const fd = await openExisting(path, 'r');
  if (fd === null) return null;
  try {
    const size = await sizeOf(fd);
    let last: JournalEntry | 'none' = 'none';
    let rest = Buffer.alloc(0);
    for await (const chunk of readChunks(fd, 0, size)) {
      const bytes = Buffer.concat([rest, chunk]);
      let at = 0;
      for (; at + entryBytes <= bytes.byteLength; at += entryBytes) {
        const entry = decode(bytes.subarray(at, at + entryBytes));
        if (!entry || entry.fileBytes > fileBytes) return last;
        last = entry;
      }
      rest = bytes.subarray(at);
    }
    return last;
  } finally {
    await closeFile(fd);
  }
}

/** Idempotent. */
export async function removeJournal(path: string): Promise<void> {
  await rm(path, { force: true });
}

function encode({ fileBytes, lastSeq }: JournalEntry): Uint8Array {
  const entry = new Uint8Array(entryBytes);
  const view = new DataView(entry.buffer);
  view.setUint32(0, fileBytes, true);
  view.setFloat64(4, lastSeq, true);
  view.setUint32(12, sumOf(view), true);
  return entry;
}

function decode(entry: Uint8Array): JournalEntry | null {
  const view = new DataView(entry.buffer, entry.byteOffset, entryBytes);
  if (view.getUint32(12, true) !== sumOf(view)) return null;
  return { fileBytes: view.getUint32(0, true), lastSeq: view.getFloat64(4, true) };
}

/** Not 0 for an entry of zeros, as a power cut may leave. */
function sumOf(view: DataView): number {
  return (view.getUint32(0, true) + view.getUint32(4, true) + view.getUint32(8, true) + 1) >>> 0;
}
