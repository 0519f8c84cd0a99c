import { createHash } from 'node:crypto';
import { AppError, type Clock } from '../base/index.ts';

/** Slows down whoever guesses passwords, one key (who from, for whom) at a time. */
export interface Throttle {
  /**
   * Runs one attempt, which tells by its result whether it succeeded.
   *
   * After `freeFailures` failures in a row the key is shut for 1 s, then 2 s, 4 s … up to 15 min; a success,
   * or 15 min of quiet, clears it. An attempt that throws counts as neither.
   *
   * @throws AppError `too_many_requests` while the key is shut, or has `maxInFlight` attempts running.
   */
  attempt<T>(key: readonly string[], run: () => Promise<T | null>): Promise<T | null>;
}

const freeFailures = 5;
const maxInFlight = 10;
const firstDelayMs = 1000;
const maxDelayMs = 15 * 60_000;
/** Beyond this many keys the one least recently used is forgotten. */
const maxKeys = 10_000;

interface Entry {
  failures: number;
  inFlight: number;
  shutUntil: number;
  lastFailureAt: number;
}

export function createThrottle(clock: Clock): Throttle {
  const entries = new Map<string, Entry>();

  const entryOf = (digest: string): Entry => {
    const known = entries.get(digest);
    const isStale = known && clock.monotonic() - known.lastFailureAt >= maxDelayMs;
    const entry: Entry =
      known && !(isStale && known.inFlight === 0)
        ? known
        : { failures: 0, inFlight: 0, shutUntil: 0, lastFailureAt: clock.monotonic() };
    // Re-inserted as the newest: a Map keeps the order of insertion.
    entries.delete(digest);
    entries.set(digest, entry);
    const oldest = entries.keys().next();
    if (entries.size > maxKeys && !oldest.done) entries.delete(oldest.value);
    return entry;
  };

  return {
    async attempt(key, run) {
      const digest = createHash('sha256').update(JSON.stringify(key)).digest('base64');
      const entry = entryOf(digest);
      const shutMs = entry.shutUntil - clock.monotonic();
      if (shutMs > 0) refuse(shutMs);
      if (entry.inFlight >= maxInFlight) refuse(firstDelayMs);

      entry.inFlight += 1;
      try {
        const result = await run();
        if (result === null) recordFailure(entry, clock.monotonic());
        else entries.delete(digest);
        return result;
      } finally {
        entry.inFlight -= 1;
      }
    },
  };
}

function recordFailure(entry: Entry, now: number): void {
  entry.failures += 1;
  entry.lastFailureAt = now;
  if (entry.failures < freeFailures) return;
  const delayMs = firstDelayMs * 2 ** (entry.failures - freeFailures);
  entry.shutUntil = now + Math.min(delayMs, maxDelayMs);
}

function refuse(forMs: number): never {
  throw new AppError('too_many_requests', { seconds: Math.ceil(forMs / 1000) });
}
