import { setTimeout as timer } from 'node:timers/promises';

/** Monotonic time, ms. */
export interface PaceClock {
  now(): number;
  /** Resolves after `ms`, or early when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: PaceClock = {
  now: () => performance.now(),
  sleep: (ms, signal) => timer(ms, undefined, { signal }).catch(() => undefined),
};

/**
 * Sends `frames` as a live microphone would, `speed` times as fast. Each frame's moment is counted from the
 * first one, so lateness does not add up: after a stall it catches up. Stops early, after a whole frame, when
 * the signal aborts. Resolves when the time of the last frame is over, with the ms of sound that were sent.
 */
export async function pace(
  frames: AsyncIterable<Uint8Array>,
  options: {
    readonly bytesPerSecond: number;
    readonly speed: number;
    readonly signal: AbortSignal;
    readonly send: (frame: Uint8Array) => Promise<void>;
    /** After each frame, with the ms of sound sent so far. */
    readonly onSent?: (sentMs: number) => void;
    readonly clock?: PaceClock;
  },
): Promise<number> {
  const { bytesPerSecond, speed, signal, send, onSent, clock = systemClock } = options;
  const startedAt = clock.now();
  let sentMs = 0;
  for await (const frame of frames) {
    if (signal.aborted) break;
    await send(frame);
    sentMs += (frame.length / bytesPerSecond) * 1000;
    onSent?.(sentMs);
    const aheadMs = startedAt + sentMs / speed - clock.now();
    if (aheadMs > 0) await clock.sleep(aheadMs, signal);
  }
  return sentMs;
}
