import type { Log } from '../base/index.ts';
import type { Capture, CaptureStore, Segment, SegmentFiles } from './ports.ts';
import type { WritePosition } from './segment-writer.ts';

/** Captures repaired at once: enough to keep a disk busy. */
const concurrency = 8;

/** A capture that a former process left unsealed, with all its segments whole again; and where it ends. */
export interface RecoveredCapture extends WritePosition {
  readonly capture: Capture;
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
  let position: WritePosition = { endMs: 0, nextIndex: 0, lastSeq: null };
  for (const segment of await store.segments(capture.userId, capture.id)) {
    const saved = segment.isSealed ? segment : await repairSegment(segment, capture, store, files);
    if (!saved) continue;
    position = {
      endMs: saved.startMs + saved.durationMs,
      nextIndex: saved.index + 1,
      lastSeq: saved.lastSeq ?? position.lastSeq,
    };
  }
  return { capture, ...position };
}

/** The segment as it was saved; null when there was no sound in it. */
async function repairSegment(
  segment: Segment,
  capture: Capture,
  store: CaptureStore,
  files: SegmentFiles,
): Promise<Segment | null> {
  const saved = await files.repair(segment, capture.format);
  if (!saved || saved.durationMs === 0) {
    await files.remove(segment);
    await store.removeSegment(capture.id, segment.index);
    return null;
  }
  const inCaptureTime = (ms: number) => segment.startMs + ms;
  const sealed: Segment = {
    ...segment,
    ...saved,
    gaps: saved.gaps.map(({ startMs, endMs }) => ({
      startMs: inCaptureTime(startMs),
      endMs: inCaptureTime(endMs),
    })),
    isSealed: true,
  };
  await store.putSegment(sealed);
  if (sealed.lastSeq !== null) await files.forgetNumbers(segment);
  return sealed;
}
