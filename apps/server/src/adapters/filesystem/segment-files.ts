import * as fs from 'node:fs';
import { mkdir, open as openHandle, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import { frameBytes, wavHeader, wavHeaderBytes, type AudioFormat } from '../../audio/index.ts';
import type { SegmentFile, SegmentFiles, SegmentRef } from '../../capture/index.ts';
import { createGate, type Gate } from './gate.ts';

/** The plain calls: at thousands of writes a second a FileHandle's bookkeeping shows. */
const openFile = promisify(fs.open);
const writeVector = promisify(fs.writev);
const writeBytes = promisify(fs.write);
const truncate = promisify(fs.ftruncate);
const dataSync = promisify(fs.fdatasync);
const closeFile = promisify(fs.close);

const chunkBytes = 64 * 1024;
const maxIndex = 999_999;

/** Syncs at once, of the four threads that Node gives to files: writing never waits for syncing. */
const maxSyncs = 2;

/**
 * Segments as `<dataDir>/audio/<userId>/<captureId>/<index, 6 digits>.wav`; files 0600, directories 0700.
 * Ids are checked, so that no path leaves the directory.
 */
export function segmentFiles(dataDir: string): SegmentFiles {
  const syncGate = createGate(maxSyncs);

  const pathOf = ({ userId, captureId, index }: SegmentRef): string => {
    if (!Number.isInteger(index) || index < 0 || index > maxIndex) {
      throw new RangeError(`segment index ${index} is not within 0..${maxIndex}`);
    }
    return join(
      dataDir,
      'audio',
      userIdSchema.parse(userId),
      captureIdSchema.parse(captureId),
      `${String(index).padStart(6, '0')}.wav`,
    );
  };

  return {
    async create(ref, format) {
      const path = pathOf(ref);
      const firstMade = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const fd = await openFile(path, 'wx', 0o600);
      try {
        await writeFully(fd, [wavHeader(format, 0)], 0);
      } catch (error) {
        await closeFile(fd);
        await rm(path, { force: true });
        throw error;
      }
      return openSegment(fd, format, directoriesOf(path, firstMade), syncGate);
    },

    async repair(ref, format) {
      const fd = await openExisting(pathOf(ref), 'r+');
      if (fd === null) return null;
      try {
        const soundBytes = Math.max(0, (await sizeOf(fd)) - wavHeaderBytes);
        const byteCount = soundBytes - (soundBytes % frameBytes(format));
        await complete(fd, format, byteCount);
        await syncGate(() => dataSync(fd));
        return byteCount;
      } finally {
        await closeFile(fd);
      }
    },

    async *read(ref, start, end) {
      const file = await openHandle(pathOf(ref), 'r');
      try {
        for (let at = start; at < end;) {
          const buffer = new Uint8Array(Math.min(chunkBytes, end - at));
          const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, wavHeaderBytes + at);
          if (bytesRead === 0) return;
          yield buffer.subarray(0, bytesRead);
          at += bytesRead;
        }
      } finally {
        await file.close();
      }
    },

    async size(ref) {
      try {
        return Math.max(0, (await stat(pathOf(ref))).size - wavHeaderBytes);
      } catch (error) {
        if (isMissing(error)) return 0;
        throw error;
      }
    },

    async remove(ref) {
      const path = pathOf(ref);
      await rm(path, { force: true });
      // The capture's directory goes with its last segment.
      await rmdir(dirname(path)).catch(() => undefined);
    },
  };
}

/** `unsynced`: directories whose entries for this file are not on the disk yet. */
function openSegment(
  fd: number,
  format: AudioFormat,
  unsynced: readonly string[],
  syncGate: Gate,
): SegmentFile {
  let byteCount = 0;
  let unsyncedDirectories = unsynced;

  /** A file survives a power cut only together with its directory's entry. */
  async function syncAll(): Promise<void> {
    await dataSync(fd);
    const directories = unsyncedDirectories;
    for (const directory of directories) await syncDirectory(directory);
    unsyncedDirectories = [];
  }

  return {
    async append(chunks) {
      const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      await writeFully(fd, chunks, wavHeaderBytes + byteCount);
      byteCount += length;
    },
    sync: () => syncGate(syncAll),
    async seal() {
      try {
        await complete(fd, format, byteCount);
        await syncGate(syncAll);
      } finally {
        await closeFile(fd);
      }
    },
  };
}

/** Leaves `byteCount` bytes of sound, cutting what a failed append or a torn sample left, and says so in the header. */
async function complete(fd: number, format: AudioFormat, byteCount: number): Promise<void> {
  await truncate(fd, wavHeaderBytes + byteCount);
  await writeFully(fd, [wavHeader(format, byteCount)], 0);
}

async function writeFully(
  fd: number,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<void> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const { bytesWritten } = await writeVector(fd, chunks, position);
  if (bytesWritten === length) return;
  // A short write: rare (a signal, a disk filling up). The rest goes out, or fails with its reason.
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let done = 0; done < rest.byteLength;) {
    const offset = position + bytesWritten + done;
    done += (await writeBytes(fd, rest, done, rest.byteLength - done, offset)).bytesWritten;
  }
}

/** The file's directory, and the parents of those that `mkdir` made, `firstMade` being the topmost. */
function directoriesOf(path: string, firstMade: string | undefined): readonly string[] {
  const directories = [dirname(path)];
  if (firstMade === undefined) return directories;
  const top = dirname(firstMade);
  for (let at = dirname(path); at !== top;) {
    at = dirname(at);
    directories.push(at);
  }
  return directories;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await openHandle(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function openExisting(path: string, flags: string): Promise<number | null> {
  try {
    return await openFile(path, flags);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function sizeOf(fd: number): Promise<number> {
  return (await promisify(fs.fstat)(fd)).size;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
