import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until there is something to see; throws after `timeoutMs`. */
export async function until<T>(
  look: () => T | null | undefined | Promise<T | null | undefined>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null) return seen;
    if (performance.now() > deadline) throw new Error('did not happen in time');
    await sleep(25);
  }
}
