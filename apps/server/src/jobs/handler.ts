import type { Job } from './ports.ts';

/**
 * What came of a run that did not fail. `postpone`: it cannot be done now, through no fault of its own; it
 * runs again after `retryAfterMs` or when its kind is woken, and no failure is counted. `reason` is a short
 * constant, never content.
 */
export type JobResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'postpone'; readonly reason: string; readonly retryAfterMs: number };

/**
 * Does a job. Runs at least once for each job, so running twice must equal running once. Throwing counts a
 * failure. When `signal` aborts (too long, lease lost, shutdown) it stops soon, and throws or returns.
 */
export type JobHandler = (job: Job, signal: AbortSignal) => Promise<JobResult>;

/**
 * Told that a job failed for good, before it moves to the dead letters; so it may be told again after a
 * crash, and changes nothing then. Throwing keeps the job out of the dead letters for another run.
 */
export type DeadHandler = (job: Job, error: unknown) => Promise<void>;
