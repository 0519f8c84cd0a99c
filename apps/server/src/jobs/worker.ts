import type { UserId } from '@friend-lite/contract';
import type { Clock, Log } from '../base/index.ts';
import type { DeadHandler, JobHandler } from './handler.ts';
import type { Job, JobQueue } from './ports.ts';
import { leaseMs, runJob, type JobRun } from './run-job.ts';

/** What is not given for a kind of job. */
const defaultConcurrency = 1;
const defaultTimeoutMs = 10 * 60_000;

/** How often the queue is asked when nobody nudges: retries that fall due, jobs of other processes. */
const pollMs = 1000;

export interface WorkerOptions {
  readonly queue: JobQueue;
  /** By kind. A kind without a handler is left in the queue. */
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /** By kind: jobs that run at once. 1 where not given. */
  readonly concurrency?: Readonly<Record<string, number>>;
  /** By kind: how long one run may take; longer counts as a failure. 10 minutes where not given. */
  readonly timeoutMs?: Readonly<Record<string, number>>;
  /** By kind: told that a job failed for good. */
  readonly onDead?: Readonly<Record<string, DeadHandler>>;
  /** The job as it was claimed, and the state it has now. */
  readonly onChange?: (job: Job, state: Job['state']) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number;
}

export interface Worker {
  /** Looks for a job of this kind at once. Call it after an enqueue. */
  nudge(kind: string): void;
  /**
   * Aborts what runs for this user and gives it back. When it resolves none of it runs any more; whoever
   * does not want it again removes the jobs first.
   */
  release(userId: UserId): Promise<void>;
  /**
   * Takes no more jobs, lets the running ones end for `graceMs`, then aborts them and gives them back. When
   * it resolves nothing more is asked of the queue.
   */
  stop(graceMs: number): Promise<void>;
}

/** Takes jobs off the queue and runs them, each kind in slots of its own, until stopped. */
export function startWorker(options: WorkerOptions): Worker {
  const { clock, log } = options;
  const lanes = new Map(
    Object.entries(options.handlers).map(([kind, handler]) => [
      kind,
      openLane(kind, handler, options),
    ]),
  );
  let cancelPoll: () => void = () => undefined;

  function poll(): void {
    for (const lane of lanes.values()) lane.fill();
    cancelPoll = clock.after(pollMs, poll);
  }
  poll();

  return {
    nudge: (kind) => lanes.get(kind)?.fill(),
    async release(userId) {
      await Promise.all([...lanes.values()].map((lane) => lane.release(userId)));
    },
    async stop(graceMs) {
      cancelPoll();
      await Promise.all([...lanes.values()].map((lane) => lane.drain(graceMs)));
      log.info('jobs stopped');
    },
  };
}

/** The slots of one kind of job. */
interface Lane {
  /** Claims jobs while there are free slots and due jobs. */
  fill(): void;
  release(userId: UserId): Promise<void>;
  drain(graceMs: number): Promise<void>;
}

function openLane(kind: string, handler: JobHandler, options: WorkerOptions): Lane {
  const { queue, clock, log } = options;
  const slots = options.concurrency?.[kind] ?? defaultConcurrency;
  const runDeps = {
    queue,
    handler,
    timeoutMs: options.timeoutMs?.[kind] ?? defaultTimeoutMs,
    onDead: options.onDead?.[kind],
    onChange: options.onChange ?? (() => undefined),
    random: options.random ?? Math.random,
    clock,
    log,
  };
  const running = new Set<JobRun>();
  let claiming: Promise<void> | null = null;
  /** Set by a `fill` that came while claiming: what it was called for may have been missed. */
  let isAskedAgain = false;
  let isDraining = false;

  function fill(): void {
    isAskedAgain = true;
    claiming ??= claimAll();
  }

  async function claimAll(): Promise<void> {
    try {
      while (isAskedAgain) {
        isAskedAgain = false;
        await claimDue();
      }
    } catch (error) {
      log.error('jobs not claimed', error, { kind });
    } finally {
      claiming = null;
    }
  }

  async function claimDue(): Promise<void> {
    while (running.size < slots && !isDraining) {
      const leased = await queue.claim(kind, leaseMs);
      if (!leased) return;
      const run = runJob(leased, runDeps);
      running.add(run);
      void run.finished.then(() => {
        running.delete(run);
        fill();
      });
    }
  }

  async function release(userId: UserId): Promise<void> {
    // A job that is being claimed may be one of theirs.
    await claiming;
    const theirs = [...running].filter((run) => run.userId === userId);
    for (const run of theirs) run.release();
    await Promise.all(theirs.map((run) => run.finished));
  }

  async function drain(graceMs: number): Promise<void> {
    isDraining = true;
    await claiming;
    const ended = Promise.all([...running].map((run) => run.finished));
    const grace = Promise.withResolvers<null>();
    const cancel = clock.after(graceMs, () => grace.resolve(null));
    await Promise.race([ended, grace.promise]);
    cancel();
    for (const run of running) run.release();
    await ended;
  }

  return { fill, release, drain };
}
