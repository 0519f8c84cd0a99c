import { mkdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { wavHeaderBytes, type AudioFormat } from '../../audio/index.ts';
import type { SegmentFile, SegmentFiles, SegmentRef } from '../../capture/index.ts';
import type { Append } from './append-thread.ts';
import {
  byteLengthOf,
  closeFile,
  dataSync,
  isMissing,
  openExisting,
  openFile,
  readChunks,
  sizeOf,
  syncDirectory,
  writeFully,
} from './file-io.ts';
import { createGate, type Gate } from './gate.ts';
import { createJournal, lastEntry, removeJournal, type NumberJournal } from './number-journal.ts';
import { oggLayout, repairOgg } from './ogg-segment.ts';
import type { SegmentLayout } from './segment-layout.ts';
import { segmentPath } from './segment-path.ts';
import { repairWav, wavLayout } from './wav-segment.ts';

/** Syncs at once, of the four threads that Node gives to files: writing never waits for syncing. */
const maxSyncs = 2;

/** What a segment may be stored as, and where in the file that begins which `read` hands out. */
const containers = [
  { extension: 'wav', start: wavHeaderBytes },
  { extension: 'ogg', start: 0 },
] as const;

/**
 * Segments as `<dataDir>/audio/<userId>/<captureId>/<index, 6 digits>.wav`, Opus as `.ogg`, and beside one
 * whose frames are numbered `.seq`; files 0600, directories 0700.
 */
export function segmentFiles(dataDir: string, append: Append = writeFully): SegmentFiles {
  const syncGate = createGate(maxSyncs);
  const pathOf = (ref: SegmentRef, extension: 'wav' | 'ogg' | 'seq'): string =>
    segmentPath(dataDir, ref, extension);

  return {
    async create(ref, format) {
      const path = pathOf(ref, extensionOf(format));
      const layout = format.encoding === 'opus' ? oggLayout(serialOf(ref)) : wavLayout(format);
      const firstMade = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const fd = await openFile(path, 'wx', 0o600);
      try {
        await writeFully(fd, [layout.head], 0);
      } catch (error) {
        await closeFile(fd);
        await rm(path, { force: true });
        throw error;
      }
      return openSegment({
        fd,
        layout,
        journalPath: pathOf(ref, 'seq'),
        unsynced: directoriesOf(path, firstMade),
        syncGate,
        append,
      });
    },

    async repair(ref, format) {
      const fd = await openExisting(pathOf(ref, extensionOf(format)), 'r+');
      if (fd === null) return null;
      try {
        const entry = await lastEntry(pathOf(ref, 'seq'), await sizeOf(fd));
        const { fileBytes, lastSeq } =
          entry === 'none' ? { fileBytes: 0, lastSeq: null } : (entry ?? unnumbered);
        const saved =
          format.encoding === 'opus'
            ? await repairOgg(fd, serialOf(ref), fileBytes)
            : await repairWav(fd, format, fileBytes);
        await syncGate(() => dataSync(fd));
        return { ...saved, lastSeq };
      } finally {
        await closeFile(fd);
      }
    },

    async *read(ref, start, end) {
      for (const container of containers) {
        const fd = await openExisting(pathOf(ref, container.extension), 'r');
        if (fd === null) continue;
        try {
          yield* readChunks(fd, container.start + start, container.start + end);
        } finally {
          await closeFile(fd);
        }
        return;
      }
      throw Object.assign(new Error('no such segment'), { code: 'ENOENT' });
    },

    async size(ref) {
      for (const { extension, start } of containers) {
        try {
          return Math.max(0, (await stat(pathOf(ref, extension))).size - start);
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      }
      return 0;
    },

    forgetNumbers: (ref) => removeJournal(pathOf(ref, 'seq')),

    async remove(ref) {
      for (const { extension } of containers) await rm(pathOf(ref, extension), { force: true });
      const journal = pathOf(ref, 'seq');
      await removeJournal(journal);
      // The capture's directory goes with its last segment.
      await rmdir(dirname(journal)).catch(() => undefined);
    },
  };
}

const unnumbered = { fileBytes: Infinity, lastSeq: null };

function extensionOf(format: AudioFormat): 'wav' | 'ogg' {
  return format.encoding === 'opus' ? 'ogg' : 'wav';
}

/** Differs between the segments of a capture, and mostly between captures. */
function serialOf({ captureId, index }: SegmentRef): number {
  return (Number.parseInt(captureId.slice(0, 8), 16) + index) >>> 0;
}

interface OpenParts {
  readonly fd: number;
  readonly layout: SegmentLayout;
  readonly journalPath: string;
  /** Directories whose entries for this file are not on the disk yet. */
  readonly unsynced: readonly string[];
  readonly syncGate: Gate;
  readonly append: Append;
}

function openSegment({
  fd,
  layout,
  journalPath,
  unsynced,
  syncGate,
  append,
}: OpenParts): SegmentFile {
  let unsyncedDirectories = unsynced;
  let journal: NumberJournal | null = null;

  /** The sound first: an entry that outlives what it speaks of is passed over by a repair. */
  async function syncAll(): Promise<void> {
    await dataSync(fd);
    await journal?.sync();
    const directories = unsyncedDirectories;
    for (const directory of directories) await syncDirectory(directory);
    if (unsyncedDirectories === directories) unsyncedDirectories = [];
  }

  /** Before the first numbered frame is in the file: one without its number would be taken twice. */
  async function openJournal(): Promise<NumberJournal> {
    const opened = await createJournal(journalPath, append);
    await opened.note(layout.fileBytes, 0);
    unsyncedDirectories = [...unsyncedDirectories, dirname(journalPath)];
    return opened;
  }

  return {
    async append(chunks, lastSeq) {
      if (lastSeq !== null) journal ??= await openJournal();
      const { bytes, count } = layout.encode(chunks);
      const start = layout.fileBytes;
      await append(fd, bytes, start);
      if (lastSeq !== null) await journal?.note(start + byteLengthOf(bytes), lastSeq);
      count();
    },
    sync: () => syncGate(syncAll),
    async seal() {
      try {
        const byteCount = await layout.complete(fd);
        await syncGate(syncAll);
        return byteCount;
      } finally {
        await journal?.close();
        await closeFile(fd);
      }
    },
  };
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
