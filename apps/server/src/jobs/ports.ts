import type { JobId, UserId } from '@friend-lite/contract';

/** One durable step. `payload` is JSON that the kind's handler parses. */
export interface Job {
  readonly id: JobId;
  /** The queue knows no kind by name. */
  readonly kind: string;
  /** Unique: a job is enqueued once for a key, ever, until it is removed. */
  readonly key: string;
  readonly userId: UserId;
  readonly payload: unknown;
  readonly state: 'queued' | 'running' | 'waiting' | 'done' | 'dead';
  /** Runs that failed. Postponing does not count. */
  readonly attempts: number;
  /** Epoch ms before which it does not run. */
  readonly runAt: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** Code or class of the last failure, or the reason it waits; no content. */
  readonly note: string | null;
}

/** A job in hand. Only the holder of `lease` may report on it. */
export interface LeasedJob {
  readonly job: Job;
  readonly lease: string;
}

/**
 * Durable jobs: each runs at least once, so its handler is idempotent.
 *
 * Every report (`extend` … `kill`) is ignored, and answered with false, when the lease is no longer held:
 * the job was given to somebody else meanwhile.
 */
export interface JobQueue {
  /** Adds a job unless its key exists. Returns the job that has the key. */
  enqueue(request: {
    /** A new one, where something else goes by the same id; made up when not given. */
    readonly id?: JobId;
    readonly kind: string;
    readonly key: string;
    readonly userId: UserId;
    readonly payload: unknown;
  }): Promise<Job>;
  /**
   * Takes the job of this kind that has been due longest, if any, for `leaseMs`. A job whose lease ran
   * out is due again.
   */
  claim(kind: string, leaseMs: number): Promise<LeasedJob | null>;
  extend(leased: LeasedJob, leaseMs: number): Promise<boolean>;
  complete(leased: LeasedJob): Promise<boolean>;
  /** Puts it back to run at `runAt`, counting a failure. */
  retry(leased: LeasedJob, runAt: number, note: string): Promise<boolean>;
  /** Puts it back to run at `runAt` or when `wake` names its kind and `note`; counts no failure. */
  postpone(leased: LeasedJob, runAt: number, note: string): Promise<boolean>;
  /** Moves it to the dead letters. `isHopeless`: it would fail in the same way for ever. */
  kill(leased: LeasedJob, note: string, isHopeless: boolean): Promise<boolean>;
  /**
   * Makes every job of the kind that was postponed for this reason due now; those that wait because they
   * failed keep their backoff. Returns how many.
   */
  wake(kind: string, reason: string): Promise<number>;
  /** Gives back every lease of former processes: for the start of the only process on this queue. */
  releaseAll(): Promise<number>;
  /** A job of this user. */
  find(userId: UserId, id: JobId): Promise<Job | null>;
  /** The job with this key. */
  findByKey(key: string): Promise<Job | null>;
  countByState(): Promise<Readonly<Record<Job['state'], number>>>;
  listDead(limit: number): Promise<readonly Job[]>;
  /** Puts a dead job back in the queue with its attempts reset. False when it is not dead. */
  revive(id: JobId): Promise<boolean>;
  /** Does the same for every dead job of the kind that is not hopeless. Returns how many. */
  reviveAll(kind: string): Promise<number>;
}
