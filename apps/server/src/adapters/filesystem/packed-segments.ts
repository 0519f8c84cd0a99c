import { access, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PcmFormat } from '../../audio/index.ts';
import type {
  LosslessCodec,
  Packed,
  Segment,
  SegmentFiles,
  SegmentPacking,
  SegmentRef,
} from '../../capture/index.ts';
import { isMissing, syncDirectory } from './file-io.ts';
import { createGate } from './gate.ts';
import { segmentPath } from './segment-path.ts';

const chunkBytes = 64 * 1024;
/** About sixteen segments of 60 s: what a few players move about in. */
const maxCachedBytes = 32 * 1024 * 1024;
/** Programs that decode at once, however many listen. */
const maxDecoders = 2;

/**
 * Segments of which some are packed: `<n>.flac` beside or in place of `<n>.wav`. Reading, sizes and removal
 * are the same for both. Every decoded segment is checked by the codec.
 */
export function packedSegments({
  files,
  dataDir,
  codec,
}: {
  readonly files: SegmentFiles;
  readonly dataDir: string;
  readonly codec: LosslessCodec;
}): SegmentFiles & SegmentPacking {
  const locks = new Map<string, Promise<unknown>>();
  const decodeGate = createGate(maxDecoders);
  const decoded = createDecodedCache((path) => decodeGate(() => codec.decode(path, noAbort)));

  /** One after another for each segment: nothing is packed while it is being removed. */
  function alone<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const turn = (locks.get(key) ?? Promise.resolve()).then(run, run);
    locks.set(key, turn);
    void turn
      .catch(() => undefined)
      .finally(() => {
        if (locks.get(key) === turn) locks.delete(key);
      });
    return turn;
  }

  async function* readPacked(
    ref: SegmentRef,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array> {
    const pcm = await decoded.get(segmentPath(dataDir, ref, 'flac'));
    const last = Math.min(end, pcm.byteLength);
    for (let at = start; at < last; at += chunkBytes) {
      yield pcm.slice(at, Math.min(last, at + chunkBytes));
    }
  }

  async function packAlone(
    segment: Segment,
    format: PcmFormat,
    signal: AbortSignal,
  ): Promise<Packed> {
    const wav = segmentPath(dataDir, segment, 'wav');
    const flac = segmentPath(dataDir, segment, 'flac');
    if (!(await exists(wav))) {
      return (await exists(flac)) ? packedAt(flac) : { kind: 'missing' };
    }
    const pcm = await collect(files.read(segment, 0, segment.byteCount + 1));
    if (pcm.byteLength !== segment.byteCount) return { kind: 'mismatch' };
    const draft = `${flac}.part`;
    try {
      await codec.encode(pcm, format, draft, signal);
      if (!pcm.equals(await codec.decode(draft, signal))) {
        throw new Error('a segment did not come back as it was packed');
      }
      await putInPlace(draft, flac);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    decoded.forget(flac);
    await rm(wav);
    return packedAt(flac);
  }

  return {
    ...files,

    isPresent: () => codec.isPresent(),

    pack: (segment, format, signal) =>
      alone(segmentPath(dataDir, segment, 'wav'), () => packAlone(segment, format, signal)),

    async *read(ref, start, end) {
      // Tried rather than looked up first: it may be packed in between.
      const chunks = files.read(ref, start, end)[Symbol.asyncIterator]();
      try {
        for (let next = await firstOf(chunks); !next.done; next = await chunks.next()) {
          yield next.value;
        }
      } catch (error) {
        if (!(error instanceof NoSuchFile)) throw error;
        yield* readPacked(ref, start, end);
      } finally {
        await chunks.return?.();
      }
    },

    async size(ref) {
      const bytes = await files.size(ref);
      if (bytes > 0) return bytes;
      const flac = segmentPath(dataDir, ref, 'flac');
      return (await exists(flac)) ? (await decoded.get(flac)).byteLength : 0;
    },

    remove: (ref) =>
      alone(segmentPath(dataDir, ref, 'wav'), async () => {
        const flac = segmentPath(dataDir, ref, 'flac');
        decoded.forget(flac);
        await rm(flac, { force: true });
        await rm(`${flac}.part`, { force: true });
        await files.remove(ref);
        await rmdir(dirname(flac)).catch(() => undefined);
      }),
  };
}

/** A decode serves whoever asks next, too: it is not stopped when one of them goes. */
const noAbort = new AbortController().signal;

/** The file was not there when reading began. */
class NoSuchFile extends Error {}

async function firstOf<Value>(chunks: AsyncIterator<Value>): Promise<IteratorResult<Value>> {
  try {
    return await chunks.next();
  } catch (error) {
    if (isMissing(error)) throw new NoSuchFile('no such segment', { cause: error });
    throw error;
  }
}

/** On the disk before it takes its name, and its name on the disk before the original may go. */
async function putInPlace(draft: string, path: string): Promise<void> {
  const file = await open(draft, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncDirectory(dirname(path));
}

async function packedAt(path: string): Promise<Packed> {
  return { kind: 'packed', fileBytes: (await stat(path)).size };
}

interface DecodedCache {
  get(path: string): Promise<Uint8Array>;
  forget(path: string): void;
}

/** The segments decoded last, the longest unused going first; asking twice at once decodes once. */
function createDecodedCache(decode: (path: string) => Promise<Uint8Array>): DecodedCache {
  const cached = new Map<string, Uint8Array>();
  const underway = new Map<string, Promise<Uint8Array>>();
  let bytes = 0;

  function forget(path: string): void {
    bytes -= cached.get(path)?.byteLength ?? 0;
    cached.delete(path);
    underway.delete(path);
  }

  function keep(path: string, pcm: Uint8Array): void {
    forget(path);
    cached.set(path, pcm);
    bytes += pcm.byteLength;
    for (const oldest of cached.keys()) {
      if (bytes <= maxCachedBytes) return;
      forget(oldest);
    }
  }

  return {
    async get(path) {
      const known = cached.get(path);
      if (known) {
        cached.delete(path);
        cached.set(path, known);
        return known;
      }
      const asked = underway.get(path);
      if (asked) return asked;
      const decoding = decode(path);
      underway.set(path, decoding);
      try {
        const pcm = await decoding;
        // Not when it was removed meanwhile.
        if (underway.get(path) === decoding) keep(path, pcm);
        return pcm;
      } finally {
        if (underway.get(path) === decoding) underway.delete(path);
      }
    },
    forget,
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}
