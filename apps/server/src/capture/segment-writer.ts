import { mergeSpans } from '../audio/index.ts';
import type { Clock } from '../base/index.ts';
import type { FrameSound } from './frame-sound.ts';
import type { Capture, CaptureStore, Gap, Segment, SegmentFile, SegmentFiles } from './ports.ts';

/** Longest sound in one segment. */
export const maxSegmentMs = 60_000;

/** What was appended is synced this long after, so that a power cut takes less than 5 s. */
const syncAfterMs = 1_500;
/** The same where the device waits to hear which of its frames are safe. */
const numberedSyncAfterMs = 250;

export interface SegmentWriterDeps {
  readonly store: Pick<CaptureStore, 'putSegment' | 'removeSegment'>;
  readonly files: Pick<SegmentFiles, 'create' | 'remove' | 'forgetNumbers'>;
  readonly clock: Clock;
}

export interface SegmentWriterListener {
  /** Something failed behind the caller's back: a sync or a seal. */
  onFault(error: unknown): void;
  /** Every frame up to `seq` is on disk for good. */
  onDurable(seq: number): void;
}

/** Where a capture's next sound goes. `lastSeq`: its highest frame number so far; null where there are none. */
export interface WritePosition {
  readonly endMs: number;
  readonly nextIndex: number;
  readonly lastSeq: number | null;
}

/** Writes a capture's sound into its row of segments. `append` and `cut` are called one at a time. */
export interface SegmentWriter {
  /** Capture time up to which sound has been written. */
  readonly endMs: number;
  /** How much sound still fits the open segment; a whole segment's when none is open. */
  readonly roomMs: number;
  /**
   * Appends sound, at most `roomMs` of it, after what was written; opens a segment if none is open.
   * `chunks`: what the sounds hold. When it resolves a killed process no longer loses it.
   */
  append(sounds: readonly FrameSound[], chunks: readonly Uint8Array[]): Promise<void>;
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
  durationMs: number;
  gaps: readonly Gap[];
  /** Cancels the sync that is due; null when everything appended is synced or being synced. */
  cancelSync: (() => void) | null;
  syncing: Promise<void>;
}

export function createSegmentWriter(
  capture: Capture,
  from: WritePosition,
  deps: SegmentWriterDeps,
  listener: SegmentWriterListener,
): SegmentWriter {
  const { store, files, clock } = deps;
  const onFault = (error: unknown): void => listener.onFault(error);
  let { endMs, nextIndex, lastSeq } = from;
  let open: OpenSegment | null = null;
  let isWhole = true;
  /** Resolves when every segment that was cut is completed, or has failed. */
  let completed: Promise<void> = Promise.resolve();

  async function create(): Promise<OpenSegment> {
    const segment: Segment = {
      captureId: capture.id,
      userId: capture.userId,
      index: nextIndex,
      startMs: endMs,
      byteCount: 0,
      durationMs: 0,
      gaps: [],
      lastSeq: null,
      isSealed: false,
    };
    nextIndex += 1;
    // The record first: a file nobody knows of would never be repaired.
    await store.putSegment(segment);
    const file = await files.create(segment, capture.format);
    return {
      segment,
      file,
      durationMs: 0,
      gaps: [],
      cancelSync: null,
      syncing: Promise.resolve(),
    };
  }

  function scheduleSync(target: OpenSegment): void {
    const delayMs = lastSeq === null ? syncAfterMs : numberedSyncAfterMs;
    target.cancelSync ??= clock.after(delayMs, () => {
      target.cancelSync = null;
      // As of now: by the time it runs, this segment may be cut, which waits for it, and the next begun,
      // whose frames it does not make safe.
      const seq = lastSeq;
      const before = completed;
      target.syncing = target.syncing.then(() => sync(target, seq, before)).catch(onFault);
    });
  }

  async function sync(
    { file }: OpenSegment,
    seq: number | null,
    before: Promise<void>,
  ): Promise<void> {
    await file.sync();
    await before;
    tellDurable(seq);
  }

  /** Only with all before it on disk, too. */
  function tellDurable(seq: number | null): void {
    if (seq !== null && isWhole) listener.onDurable(seq);
  }

  async function complete(done: OpenSegment, seq: number | null): Promise<void> {
    const { segment, file, durationMs, gaps } = done;
    await done.syncing;
    const byteCount = await file.seal();
    if (durationMs === 0) {
      await files.remove(segment);
      await store.removeSegment(segment.captureId, segment.index);
      return;
    }
    const sealed = { byteCount, durationMs, gaps: mergeSpans(gaps), lastSeq: seq, isSealed: true };
    await store.putSegment({ ...segment, ...sealed });
    if (seq !== null) await files.forgetNumbers(segment);
  }

  function cut(): void {
    if (!open) return;
    open.cancelSync?.();
    const seq = lastSeq;
    const before = completed;
    const completion = complete(open, seq);
    open = null;
    completed = completion
      .catch((error: unknown) => {
        isWhole = false;
        onFault(error);
      })
      .then(() => before)
      .then(() => tellDurable(seq));
  }

  return {
    get endMs() {
      return endMs;
    },
    get roomMs() {
      return open ? maxSegmentMs - open.durationMs : maxSegmentMs;
    },
    async append(sounds, chunks) {
      const seq = sounds.reduce((last, sound) => highest(last, sound.seq), lastSeq);
      try {
        open ??= await create();
        await open.file.append(chunks, seq);
      } catch (error) {
        // Without its file a segment is only a record, which the next start removes.
        isWhole &&= open !== null;
        throw error;
      }
      lastSeq = seq;
      for (const { durationMs, lostMs } of sounds) {
        const startMs = open.segment.startMs + open.durationMs;
        if (lostMs > 0) open.gaps = [...open.gaps, { startMs, endMs: startMs + lostMs }];
        open.durationMs += durationMs;
      }
      endMs = open.segment.startMs + open.durationMs;
      scheduleSync(open);
      if (open.durationMs >= maxSegmentMs) cut();
    },
    cut,
    skipTo(ms) {
      cut();
      endMs = Math.max(endMs, ms);
    },
    async finish() {
      cut();
      await completed;
      return isWhole;
    },
  };
}

function highest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
