import {
  durationMs,
  frameBytes,
  lastOggSound,
  maxOggPageBytes,
  oggHeadBytes,
  type Span,
} from '../audio/index.ts';
import type { Capture, CaptureStore, Segment, SegmentFiles } from './ports.ts';

/** The sound of a segment, as much as there is of it now, in capture time. */
export interface StoredSound {
  readonly segment: Segment;
  readonly startMs: number;
  readonly endMs: number;
  /** Bytes of it: of PCM whole samples; of Opus the file up to its last whole page. */
  readonly byteCount: number;
}

/** The sound of a capture that can be read, in order; a segment that was removed or holds nothing yet is left out. */
export async function storedSounds(
  capture: Capture,
  store: Pick<CaptureStore, 'segments'>,
  files: Pick<SegmentFiles, 'read' | 'size'>,
): Promise<readonly StoredSound[]> {
  const segments = await store.segments(capture.userId, capture.id);
  const present = segments.filter(({ removedAt }) => removedAt === undefined);
  const sounds = await Promise.all(
    present.map(async (segment): Promise<StoredSound> => {
      const { byteCount, durationMs: ms } = segment.isSealed
        ? segment
        : await measure(segment, capture, files);
      return { segment, startMs: segment.startMs, endMs: segment.startMs + ms, byteCount };
    }),
  );
  return sounds.filter(({ startMs, endMs }) => startMs < endMs);
}

/** Where sound was removed, in capture time. */
export async function removedSounds(
  capture: Capture,
  store: Pick<CaptureStore, 'segments'>,
): Promise<readonly Span[]> {
  const segments = await store.segments(capture.userId, capture.id);
  return segments
    .filter(({ removedAt }) => removedAt !== undefined)
    .map(({ startMs, durationMs: ms }) => ({ startMs, endMs: startMs + ms }));
}

/** What is in the file of an open segment. */
async function measure(
  segment: Segment,
  { format }: Capture,
  files: Pick<SegmentFiles, 'read' | 'size'>,
): Promise<{ readonly byteCount: number; readonly durationMs: number }> {
  const size = await files.size(segment);
  if (format.encoding === 'pcm_s16le') {
    const byteCount = size - (size % frameBytes(format));
    return { byteCount, durationMs: durationMs(format, byteCount) };
  }
  // The last page may be in the middle of being written.
  const from = Math.max(oggHeadBytes, size - 2 * maxOggPageBytes);
  const tail = await collect(files.read(segment, from, size));
  const last = lastOggSound(tail);
  return last
    ? { byteCount: from + last.end, durationMs: last.page.endMs }
    : { byteCount: 0, durationMs: 0 };
}

/** Consecutive sounds without a space between them. */
export function contiguousRuns(
  sounds: readonly StoredSound[],
): readonly (readonly StoredSound[])[] {
  const runs: StoredSound[][] = [];
  for (const sound of sounds) {
    const run = runs.at(-1);
    if (run?.at(-1)?.endMs === sound.startMs) run.push(sound);
    else runs.push([sound]);
  }
  return runs;
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}
