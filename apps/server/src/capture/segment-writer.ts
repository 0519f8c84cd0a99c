import { byteOffset, durationMs } from '../audio/index.ts';
import type { Clock } from '../base/index.ts';
import type { Capture, CaptureStore, Segment, SegmentFile, SegmentFiles } from './ports.ts';

/** Longest sound in one segment. */
export const maxSegmentMs = 60_000;

/** What was appended is synced this long after, so that a power cut takes less than 5 s. */
const syncAfterMs = 1_500;

export interface SegmentWriterDeps {
  readonly store: Pick<CaptureStore, 'putSegment' | 'removeSegment'>;
  readonly files: Pick<SegmentFiles, 'create' | 'remove'>;
  readonly clock: Clock;
}

/** Writes a capture's sound into its row of segments. `append` and `cut` are called one at a time. */
export interface SegmentWriter {
  /** Capture time up to which sound has been written. */
  readonly endMs: number;
  /** Bytes of sound that still fit the open segment; a whole segment's when none is open. */
  readonly roomBytes: number;
  /**
   * Appends whole samples, at most `roomBytes`, after what was written; opens a segment if none is open.
   * When it resolves a killed process no longer loses them.
   */
  append(pcm: Uint8Array): Promise<void>;
  /** Ends the open segment. It is completed behind, while the next one is written. */
  cut(): void;
  /** Ends the open segment, and lets the next sound start at `ms` if that is later than the end. */
  skipTo(ms: number): void;
  /** Ends the open segment and waits until all are completed; false when one could not be. */
  finish(): Promise<boolean>;
}

interface OpenSegment {
  readonly segment: Segment;
  readonly file: SegmentFile;
  byteCount: number;
  /** Cancels the sync that is due; null when everything appended is synced or being synced. */
  cancelSync: (() => void) | null;
  syncing: Promise<void>;
}

/** `onFault` hears of failures behind the caller's back: a sync or a seal that did not succeed. */
export function createSegmentWriter(
  capture: Capture,
  from: { readonly endMs: number; readonly nextIndex: number },
  deps: SegmentWriterDeps,
  onFault: (error: unknown) => void,
): SegmentWriter {
  const { store, files, clock } = deps;
  const { format } = capture;
  const segmentBytes = byteOffset(format, maxSegmentMs);
  let endMs = from.endMs;
  let nextIndex = from.nextIndex;
  let open: OpenSegment | null = null;
  let isWhole = true;
  const completing = new Set<Promise<void>>();

  async function create(): Promise<OpenSegment> {
    const segment: Segment = {
      captureId: capture.id,
      userId: capture.userId,
      index: nextIndex,
      startMs: endMs,
      byteCount: 0,
      isSealed: false,
    };
    nextIndex += 1;
    // The record first: a file nobody knows of would never be repaired.
    await store.putSegment(segment);
    const file = await files.create(segment, format);
    return { segment, file, byteCount: 0, cancelSync: null, syncing: Promise.resolve() };
  }

  function scheduleSync(target: OpenSegment): void {
    target.cancelSync ??= clock.after(syncAfterMs, () => {
      target.cancelSync = null;
      target.syncing = target.syncing.then(() => target.file.sync()).catch(onFault);
    });
  }

  async function complete({ segment, file, byteCount, syncing }: OpenSegment): Promise<void> {
    await syncing;
    await file.seal();
    if (byteCount > 0) {
      await store.putSegment({ ...segment, byteCount, isSealed: true });
    } else {
      await files.remove(segment);
      await store.removeSegment(segment.captureId, segment.index);
    }
  }

  function cut(): void {
    if (!open) return;
    open.cancelSync?.();
    const completion = complete(open)
      .catch((error: unknown) => {
        isWhole = false;
        onFault(error);
      })
      .finally(() => completing.delete(completion));
    completing.add(completion);
    open = null;
  }

  return {
    get endMs() {
      return endMs;
    },
    get roomBytes() {
      return open ? segmentBytes - open.byteCount : segmentBytes;
    },
    async append(pcm) {
      try {
        open ??= await create();
        await open.file.append([pcm]);
      } catch (error) {
        // Without its file a segment is only a record, which the next start removes.
        isWhole &&= open !== null;
        throw error;
      }
      open.byteCount += pcm.byteLength;
      endMs = open.segment.startMs + durationMs(format, open.byteCount);
      scheduleSync(open);
      if (open.byteCount >= segmentBytes) cut();
    },
    cut,
    skipTo(ms) {
      cut();
      endMs = Math.max(endMs, ms);
    },
    async finish() {
      cut();
      await Promise.all(completing);
      return isWhole;
    },
  };
}
