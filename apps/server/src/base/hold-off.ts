import { sleep, type Clock } from './clock.ts';

/** Keeps to what a service says of when it may be asked again. */
export interface HoldOff {
  /** Takes `retry-after-ms` or `retry-after` (RFC 9110, 10.2.3) from the headers of a refusal, where they are. */
  heed(headers: Headers): void;
  /** Resolves when the service may be asked; rejects with the signal's reason when aborted. */
  wait(signal: AbortSignal): Promise<void>;
}

/** One that waits `maxMs` at most, whatever the service says. */
export function createHoldOff(clock: Clock, maxMs: number): HoldOff {
  let untilMs = -Infinity;
  return {
    heed(headers) {
      const delayMs = Math.min(maxMs, retryAfterMs(headers, clock.now()));
      untilMs = Math.max(untilMs, clock.monotonic() + delayMs);
    },
    wait(signal) {
      signal.throwIfAborted();
      const delayMs = untilMs - clock.monotonic();
      return delayMs <= 0 ? Promise.resolve() : sleep(clock, delayMs, signal);
    },
  };
}

/** 0 when the headers name no time that makes sense. */
function retryAfterMs(headers: Headers, nowMs: number): number {
  const seconds = headers.get('retry-after') ?? '';
  const delaysMs = [
    numberIn(headers.get('retry-after-ms')),
    1000 * numberIn(seconds),
    Date.parse(seconds) - nowMs,
  ];
  return Math.max(0, delaysMs.find((delayMs) => Number.isFinite(delayMs)) ?? 0);
}

/** NaN for everything that is not a plain number. */
function numberIn(text: string | null): number {
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
}
