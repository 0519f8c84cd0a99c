import type { Clock } from './clock.ts';

/** A clock for tests: stands still until `advance` moves it, running due timers in order on the way. */
export interface FakeClock extends Clock {
  /** Moves time on by `ms`, running every timer that falls due, earliest first. */
  advance(ms: number): void;
}

export function fakeClock(startMs = 1_750_000_000_000): FakeClock {
  let elapsedMs = 0;
  let timers: { dueMs: number; task: () => void }[] = [];

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, task) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const target = elapsedMs + ms;
      for (;;) {
        const next = timers
          .filter((timer) => timer.dueMs <= target)
          .sort((a, b) => a.dueMs - b.dueMs)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.task();
      }
      elapsedMs = target;
    },
  };
}
