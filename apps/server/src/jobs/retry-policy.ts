import { AppError, ProviderError } from '../base/index.ts';

/** Backoff doubles from `baseMs` up to `capMs`; the failure number `maxAttempts` is the last. */
interface RetryPolicy {
  readonly baseMs: number;
  readonly capMs: number;
  readonly maxAttempts: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  baseMs: 2000,
  capMs: 10 * 60_000,
  maxAttempts: 8,
};

type AfterFailure =
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** `isHopeless`: it would fail in the same way for ever. */
  | { readonly kind: 'dead'; readonly isHopeless: boolean };

/**
 * What becomes of a job whose run failed with `error`.
 *
 * @param failures of the job including this one, 1 or more.
 * @param random uniform in [0, 1).
 */
export function afterFailure(
  error: unknown,
  failures: number,
  random: () => number,
  policy: RetryPolicy = defaultRetryPolicy,
): AfterFailure {
  const isHopeless = isPermanent(error);
  if (isHopeless || failures >= policy.maxAttempts) return { kind: 'dead', isHopeless };
  return { kind: 'retry', afterMs: backoffMs(failures, random, policy) };
}

/**
 * Exponential backoff with full jitter: uniform below the doubled base, so that jobs that failed together do
 * not return together. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs(
  failures: number,
  random: () => number,
  { baseMs, capMs }: RetryPolicy = defaultRetryPolicy,
): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** (failures - 1)));
}

/** Whether the same job would fail in the same way for ever. */
function isPermanent(error: unknown): boolean {
  if (error instanceof ProviderError) return error.failure === 'bad-request';
  return error instanceof AppError && !error.isRetryable;
}

/** The code or class of an error, for a job's note: never its text, which may hold content. */
export function noteOf(error: unknown): string {
  if (error instanceof ProviderError) return `${error.provider}: ${error.failure}`;
  if (error instanceof AppError) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
