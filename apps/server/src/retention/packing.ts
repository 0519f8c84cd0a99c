import { captureIdSchema, type CaptureId, type UserId } from '@friend-lite/contract';
import { z } from 'zod';
import type { Log } from '../base/index.ts';
import type { CaptureStore, CaptureUpkeep, SegmentPacking } from '../capture/index.ts';
import type { JobHandler, JobQueue } from '../jobs/index.ts';

export const packSegmentsJob = 'pack-segments';

const payloadSchema = z.object({ captureId: captureIdSchema });

/** The last sound of a capture that just ended is being written. */
const unsealedMs = 1000;
/** Somebody may install the program meanwhile. */
const missingProgramMs = 3_600_000;

/** Asks for the sound of a capture to be packed once it is sealed. The key makes asking again harmless. */
export async function enqueuePacking(
  queue: Pick<JobQueue, 'enqueue'>,
  capture: { readonly userId: UserId; readonly id: CaptureId },
): Promise<void> {
  await queue.enqueue({
    kind: packSegmentsJob,
    key: `${packSegmentsJob}:${capture.id}`,
    userId: capture.userId,
    payload: { captureId: capture.id },
  });
}

/** Packs every segment of a capture, one after another. Waits for a capture that is not sealed. */
export function packingHandler(deps: {
  readonly captures: Pick<CaptureStore, 'find' | 'segments'>;
  readonly upkeep: Pick<CaptureUpkeep, 'pack'>;
  readonly packing: Pick<SegmentPacking, 'isPresent'>;
  readonly log: Log;
}): JobHandler {
  return async (job, signal) => {
    const { captureId } = payloadSchema.parse(job.payload);
    const capture = await deps.captures.find(job.userId, captureId);
    if (!capture) return { kind: 'done' };
    // Opus is smaller than FLAC, and stays as it came.
    const { format } = capture;
    if (format.encoding !== 'pcm_s16le') return { kind: 'done' };
    if (capture.state !== 'sealed') {
      return { kind: 'postpone', reason: 'not-sealed', retryAfterMs: unsealedMs };
    }
    if (!(await deps.packing.isPresent())) {
      return { kind: 'postpone', reason: 'no-ffmpeg', retryAfterMs: missingProgramMs };
    }
    for (const segment of await deps.captures.segments(job.userId, captureId)) {
      signal.throwIfAborted();
      if (segment.packedByteCount !== undefined || segment.removedAt !== undefined) continue;
      if (await deps.upkeep.pack(segment, format, signal)) continue;
      deps.log.warn('segment not packed: its file is not what its record says', {
        captureId,
        index: segment.index,
      });
    }
    return { kind: 'done' };
  };
}
