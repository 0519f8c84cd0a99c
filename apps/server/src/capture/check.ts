import type { CaptureId, UserId } from '@friend-lite/contract';
import type { AudioFormat } from '../audio/index.ts';
import type { Capture, CaptureStore, Segment } from './ports.ts';

/**
 * What is wrong with a segment. `missing`: no file; `left-over`: a file of sound that was removed; `size`,
 * `duration`: not what the record says; `header`: not what the sound is; `damaged`: does not decode, or a
 * checksum is wrong.
 */
export type SegmentFaultKind = 'missing' | 'left-over' | 'size' | 'duration' | 'header' | 'damaged';

export interface SegmentFault {
  readonly userId: UserId;
  readonly captureId: CaptureId;
  readonly index: number;
  readonly kind: SegmentFaultKind;
}

/** Reads a segment's file and holds it against its record. */
export interface SegmentInspection {
  /** Faults of a sealed segment; none when all is well. */
  inspect(
    segment: Segment,
    format: AudioFormat,
    signal: AbortSignal,
  ): Promise<readonly SegmentFaultKind[]>;
}

/** How far a check is: told after each capture. */
export interface CheckProgress {
  readonly captureCount: number;
  readonly segmentCount: number;
  readonly faults: readonly SegmentFault[];
}

const pageSize = 100;

/**
 * Checks every sealed segment of every user, one after another; yields what was found in each capture.
 * Captures that go on are passed over, and so is what is removed meanwhile.
 */
export async function* checkCaptures(
  deps: {
    readonly listAll: (after: CaptureId | null, limit: number) => Promise<readonly Capture[]>;
    readonly store: Pick<CaptureStore, 'segments'>;
    readonly inspection: SegmentInspection;
  },
  signal: AbortSignal,
): AsyncGenerator<CheckProgress> {
  for (let after: CaptureId | null = null; ;) {
    const page: readonly Capture[] = await deps.listAll(after, pageSize);
    for (const capture of page) {
      if (capture.state === 'sealed') yield await checkCapture(capture);
    }
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }

  async function checkCapture(capture: Capture): Promise<CheckProgress> {
    const { userId, id, format } = capture;
    const segments = await deps.store.segments(userId, id);
    const faults: SegmentFault[] = [];
    for (const segment of segments) {
      signal.throwIfAborted();
      for (const kind of await deps.inspection.inspect(segment, format, signal)) {
        faults.push({ userId, captureId: id, index: segment.index, kind });
      }
    }
    const real = faults.length > 0 ? await stillFaults(capture, segments, faults) : faults;
    return { captureCount: 1, segmentCount: segments.length, faults: real };
  }

  /** A segment that was packed or removed while it was looked at is looked at again. */
  async function stillFaults(
    { userId, id, format }: Capture,
    before: readonly Segment[],
    faults: readonly SegmentFault[],
  ): Promise<readonly SegmentFault[]> {
    const now = await deps.store.segments(userId, id);
    const still: SegmentFault[] = [];
    for (const index of new Set(faults.map((fault) => fault.index))) {
      const segment = now.find((one) => one.index === index);
      if (!segment) continue;
      const old = before.find((one) => one.index === index);
      const isChanged =
        segment.removedAt !== old?.removedAt || segment.packedByteCount !== old?.packedByteCount;
      const kinds = isChanged
        ? await deps.inspection.inspect(segment, format, signal)
        : faults.filter((fault) => fault.index === index).map(({ kind }) => kind);
      for (const kind of kinds) still.push({ userId, captureId: id, index, kind });
    }
    return still;
  }
}
