import { durationMs } from '../audio/index.ts';
import type { Log } from '../base/index.ts';
import type { Capture, CaptureStore, Segment, SegmentFiles } from './ports.ts';

/** Captures repaired at once: enough to keep a disk busy. */
const concurrency = 8;

/** A capture that a former process left unsealed, with all its segments whole again. */
export interface RecoveredCapture {
  readonly capture: Capture;
  /** Capture time where its sound ends. */
  readonly endMs: number;
  /** The index of the segment that would come next. */
  readonly nextIndex: number;
}

/**
 * Makes the segments of every unsealed capture whole: run at the start, before anything records. Records
 * without a file, and files without sound, are removed. A capture that cannot be repaired is logged and
 * left for the next start; the others are not held up.
 */
export async function repairCaptures(deps: {
  readonly store: CaptureStore;
  readonly files: SegmentFiles;
  readonly log: Log;
}): Promise<readonly RecoveredCapture[]> {
  const { store, files, log } = deps;
  const recovered: RecoveredCapture[] = [];
  const waiting = [...(await store.listUnsealed())];

  async function repairNext(): Promise<void> {
    for (let capture = waiting.shift(); capture; capture = waiting.shift()) {
      try {
        recovered.push(await repairCapture(capture, store, files));
      } catch (error) {
        log.error('capture not repaired', error, { captureId: capture.id });
      }
    }
  }

  await Promise.all(Array.from({ length: concurrency }, repairNext));
  return recovered;
}

async function repairCapture(
  capture: Capture,
  store: CaptureStore,
  files: SegmentFiles,
): Promise<RecoveredCapture> {
  let endMs = 0;
  let nextIndex = 0;
  for (const segment of await store.segments(capture.userId, capture.id)) {
    const byteCount = segment.isSealed
      ? segment.byteCount
      : await repairSegment(segment, capture, store, files);
    if (byteCount === 0) continue;
    endMs = segment.startMs + durationMs(capture.format, byteCount);
    nextIndex = segment.index + 1;
  }
  return { capture, endMs, nextIndex };
}

/** Bytes of sound that were saved. */
async function repairSegment(
  segment: Segment,
  capture: Capture,
  store: CaptureStore,
  files: SegmentFiles,
): Promise<number> {
  const byteCount = (await files.repair(segment, capture.format)) ?? 0;
  if (byteCount > 0) {
    await store.putSegment({ ...segment, byteCount, isSealed: true });
  } else {
    await files.remove(segment);
    await store.removeSegment(capture.id, segment.index);
  }
  return byteCount;
}
