import type { ProviderFailure } from '../../base/index.ts';

export interface RetrySettings {
  /** Ceiling of the wait after the first failure in a row, doubled with each further one, ms. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Wait after refused credentials or a request that was found wrong: neither mends by itself. */
  readonly refusedMs: number;
}

interface Wait {
  readonly failures: number;
  readonly untilMs: number;
}

/** When each engine is worth another try, by its name. Times are monotonic ms. */
export type Retries = ReadonlyMap<string, Wait>;

/**
 * Exponential backoff with full jitter, so that captures that lost an engine together do not return to it together.
 *
 * @param random uniform in [0, 1).
 */
export function noteFailure(
  retries: Retries,
  engine: string,
  failure: ProviderFailure,
  nowMs: number,
  random: number,
  settings: RetrySettings,
): Retries {
  const failures = (retries.get(engine)?.failures ?? 0) + 1;
  const isRefused = failure === 'auth' || failure === 'bad-request';
  const ceilingMs = Math.min(settings.longestMs, settings.firstMs * 2 ** (failures - 1));
  const waitMs = isRefused ? settings.refusedMs : ceilingMs * random;
  return new Map(retries).set(engine, { failures, untilMs: nowMs + waitMs });
}

/** It has done real work again. */
export function noteSuccess(retries: Retries, engine: string): Retries {
  return new Map([...retries].filter(([name]) => name !== engine));
}

/** The engines to leave alone now. */
export function waitingEngines(retries: Retries, nowMs: number): ReadonlySet<string> {
  return new Set([...retries].filter(([, { untilMs }]) => untilMs > nowMs).map(([name]) => name));
}
