import type { UserId } from '@friend-lite/contract';
import type { Clock, Log } from '../base/index.ts';
import type { DeadHandler, JobHandler, JobResult } from './handler.ts';
import type { Job, JobQueue, LeasedJob } from './ports.ts';
import { afterFailure, backoffMs, noteOf } from './retry-policy.ts';

/** A worker that dies holds its jobs back for this long, unless its successor releases them at its start. */
export const leaseMs = 30_000;
const heartbeatMs = 10_000;

/** How long an aborted handler may take to stop. After that it is left alone, and its job is given away. */
const abortPatienceMs = 2000;

interface RunDeps {
  readonly queue: JobQueue;
  readonly handler: JobHandler;
  readonly timeoutMs: number;
  readonly onDead: DeadHandler | undefined;
  readonly onChange: (job: Job, state: Job['state']) => void;
  readonly random: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface JobRun {
  readonly userId: UserId;
  /** Resolves when the job was reported on, or could not be. Never rejects. */
  readonly finished: Promise<void>;
  /** Aborts the handler and gives the job back, uncounted. */
  release(): void;
}

type AbortReason = 'timeout' | 'lease-lost' | 'released';

class JobAborted extends Error {
  readonly reason: AbortReason;

  constructor(reason: AbortReason) {
    super(`job aborted: ${reason}`);
    this.name = reason === 'timeout' ? 'TimeoutError' : 'AbortError';
    this.reason = reason;
  }
}

type Outcome =
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'thrown'; readonly error: unknown }
  /** Aborted, and the handler did not stop in time. */
  | { readonly kind: 'abandoned' };

/** Runs one job in hand: keeps its lease alive, limits its time, and reports what came of it. */
export function runJob(leased: LeasedJob, deps: RunDeps): JobRun {
  const { queue, handler, clock, log } = deps;
  const { job } = leased;
  const facts = { kind: job.kind, jobId: job.id };
  const aborter = new AbortController();
  let aborted: JobAborted | null = null;
  let isFinished = false;
  let cancelHeartbeat = clock.after(heartbeatMs, () => void beat());
  const cancelTimeout = clock.after(deps.timeoutMs, () => abort('timeout'));

  function abort(reason: AbortReason): void {
    if (aborted) return;
    aborted = new JobAborted(reason);
    aborter.abort(aborted);
  }

  async function beat(): Promise<void> {
    try {
      if (!(await queue.extend(leased, leaseMs))) abort('lease-lost');
    } catch (error) {
      // The lease outlasts a missed beat; the next one tells.
      log.error('job lease not extended', error, facts);
    }
    if (!isFinished) cancelHeartbeat = clock.after(heartbeatMs, () => void beat());
  }

  async function run(): Promise<void> {
    try {
      deps.onChange(job, 'running');
      const outcome = await settle(() => handler(job, aborter.signal), aborter.signal, clock);
      cancelTimeout();
      if (outcome.kind === 'abandoned') log.warn('job did not stop when aborted', facts);
      await report(outcome);
    } catch (error) {
      // Its lease runs out, and it runs again.
      log.error('job not reported', error, facts);
    } finally {
      isFinished = true;
      cancelTimeout();
      cancelHeartbeat();
    }
  }

  async function report(outcome: Outcome): Promise<void> {
    if (outcome.kind === 'result') return reportResult(outcome.result);
    switch (aborted?.reason) {
      case 'lease-lost':
        log.warn('job lease lost', facts);
        return;
      case 'released':
        tell('waiting', await queue.postpone(leased, clock.now(), 'interrupted'));
        return;
      default:
        return reportFailure(outcome.kind === 'thrown' && !aborted ? outcome.error : aborted);
    }
  }

  async function reportResult(result: JobResult): Promise<void> {
    if (result.kind === 'done') {
      tell('done', await queue.complete(leased));
    } else {
      const runAt = clock.now() + result.retryAfterMs;
      tell('waiting', await queue.postpone(leased, runAt, result.reason));
    }
  }

  async function reportFailure(error: unknown): Promise<void> {
    const failures = job.attempts + 1;
    const note = noteOf(error);
    const next = afterFailure(error, failures, deps.random);
    if (next.kind === 'retry') {
      log.warn('job failed', { ...facts, failures, note, retryAfterMs: next.afterMs });
      tell('waiting', await queue.retry(leased, clock.now() + next.afterMs, note));
      return;
    }
    log.error('job failed for good', error, { ...facts, failures, note });
    try {
      await deps.onDead?.(job, error);
    } catch (deadError) {
      log.error('dead job not announced', deadError, facts);
      const runAt = clock.now() + backoffMs(failures, deps.random);
      tell('waiting', await queue.retry(leased, runAt, note));
      return;
    }
    tell('dead', await queue.kill(leased, note, next.isHopeless));
  }

  function tell(state: Job['state'], isReported: boolean): void {
    if (isReported) deps.onChange(job, state);
    else log.warn('job lease lost', facts);
  }

  return { userId: job.userId, finished: run(), release: () => abort('released') };
}

/** Waits for the handler; once aborted only for a little longer. */
async function settle(
  handle: () => Promise<JobResult>,
  signal: AbortSignal,
  clock: Clock,
): Promise<Outcome> {
  const abandoned = Promise.withResolvers<Outcome>();
  let cancel: () => void = () => undefined;
  signal.addEventListener(
    'abort',
    () => {
      cancel = clock.after(abortPatienceMs, () => abandoned.resolve({ kind: 'abandoned' }));
    },
    { once: true },
  );
  const handled = (async (): Promise<Outcome> => {
    try {
      return { kind: 'result', result: await handle() };
    } catch (error) {
      return { kind: 'thrown', error };
    }
  })();
  try {
    return await Promise.race([handled, abandoned.promise]);
  } finally {
    cancel();
  }
}
