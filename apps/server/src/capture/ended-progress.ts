import type { CaptureProgress } from '@friend-lite/contract';
import type { Clock } from '../base/index.ts';

/**
 * How far the last capture of each device was on disk when it ended, for a while: a client whose connection
 * broke right after its `audio-stop` never heard the last acks, and would send that sound again.
 */
export interface EndedProgress {
  /** `startedAt` of the capture: one that ended before another, but was written out later, is not the last. */
  remember(device: string, progress: CaptureProgress, startedAt: number): void;
  recall(device: string): CaptureProgress | null;
}

/** Overflow policy: the oldest are forgotten. */
const capacity = 10_000;

export function createEndedProgress(keptMs: number, clock: Clock): EndedProgress {
  const kept = new Map<
    string,
    { readonly progress: CaptureProgress; readonly startedAt: number; readonly at: number }
  >();

  function prune(): void {
    const now = clock.monotonic();
    for (const [device, { at }] of kept) {
      if (now - at <= keptMs && kept.size <= capacity) return;
      kept.delete(device);
    }
  }

  return {
    remember(device, progress, startedAt) {
      const known = kept.get(device);
      if (known && known.startedAt > startedAt) return;
      kept.delete(device);
      kept.set(device, { progress, startedAt, at: clock.monotonic() });
      prune();
    },
    recall(device) {
      prune();
      return kept.get(device)?.progress ?? null;
    },
  };
}
