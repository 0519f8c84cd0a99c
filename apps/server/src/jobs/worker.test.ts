import { userIdSchema } from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { fakeClock, type FakeClock } from '../base/fake-clock.ts';
import { ProviderError, silentLog } from '../base/index.ts';
import type { Job, JobHandler, JobQueue, JobResult } from './index.ts';
import { startWorker, type Worker, type WorkerOptions } from './worker.ts';

const userId = userIdSchema.parse('665f00000000000000a11ce0');
const done: JobResult = { kind: 'done' };

let clock: FakeClock;
let stores: SqliteStores;
let queue: JobQueue;
let workers: Worker[];

beforeEach(() => {
  clock = fakeClock();
  stores = openSqlite({ path: ':memory:', clock });
  queue = stores.jobs;
  workers = [];
});

afterEach(async () => {
  for (const worker of workers) await elapse(3000, worker.stop(0));
  stores.close();
});

function start(handler: JobHandler, options: Partial<WorkerOptions> = {}): Worker {
  const worker = startWorker({
    queue,
    handlers: { crop: handler },
    clock,
    log: silentLog,
    random: () => 0.5,
    ...options,
  });
  workers.push(worker);
  return worker;
}

const enqueue = (key: string, kind = 'crop') =>
  queue.enqueue({ kind, key, userId, payload: { key } });

const stored = async (key: string): Promise<Job> => {
  const job = await queue.findByKey(key);
  if (!job) throw new Error(`no job ${key}`);
  return job;
};

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

/** Moves time on in steps, so that what a timer starts can finish before the next one. */
async function elapse<Result>(ms: number, until?: Promise<Result>): Promise<Result | undefined> {
  await settle();
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(Math.min(500, ms - passed));
    await settle();
  }
  return until;
}

/** A handler that runs until it is told how to end, or is aborted. */
function heldHandler() {
  const runs: { readonly job: Job; readonly signal: AbortSignal; end(result?: JobResult): void }[] =
    [];
  const handler: JobHandler = (job, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      runs.push({ job, signal, end: (result = done) => resolve(result) });
    });
  return { handler, runs };
}

describe('a worker', () => {
  it('runs a job and marks it done', async () => {
    await enqueue('a');
    const seen: unknown[] = [];
    start(async (job) => {
      seen.push(job.payload);
      return done;
    });
    await settle();
    expect(seen).toEqual([{ key: 'a' }]);
    expect(await stored('a')).toMatchObject({ state: 'done', attempts: 0 });
  });

  it('finds a job at once when nudged, and within a second otherwise', async () => {
    const handler = vi.fn<JobHandler>(async () => done);
    const worker = start(handler);
    await settle();
    await enqueue('a');
    await settle();
    expect(handler).toHaveBeenCalledTimes(0);
    worker.nudge('crop');
    await settle();
    expect(handler).toHaveBeenCalledTimes(1);
    await enqueue('b');
    await elapse(1000);
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it('works off a whole queue without waiting for the next poll', async () => {
    for (let index = 0; index < 20; index++) await enqueue(`job-${index}`);
    start(async () => done);
    await settle();
    await settle();
    expect((await queue.countByState()).done).toBe(20);
  });

  it('runs no more jobs of a kind at once than it has slots, and kinds apart', async () => {
    const crops = heldHandler();
    const transcriptions = heldHandler();
    for (const key of ['a', 'b', 'c']) await enqueue(key);
    for (const key of ['d', 'e']) await enqueue(key, 'transcribe');
    start(crops.handler, {
      handlers: { crop: crops.handler, transcribe: transcriptions.handler },
      concurrency: { crop: 2 },
    });
    await settle();
    expect(crops.runs.map(({ job }) => job.key)).toEqual(['a', 'b']);
    expect(transcriptions.runs.map(({ job }) => job.key)).toEqual(['d']);
    crops.runs[1]?.end();
    await settle();
    expect(crops.runs.map(({ job }) => job.key)).toEqual(['a', 'b', 'c']);
    expect(transcriptions.runs).toHaveLength(1);
  });

  it('leaves a kind it has no handler for in the queue', async () => {
    await enqueue('a', 'unknown');
    start(async () => done);
    await elapse(5000);
    expect((await stored('a')).state).toBe('queued');
  });

  it('tells how each job changes', async () => {
    await enqueue('a');
    const changes: string[] = [];
    let runs = 0;
    start(
      async () => {
        runs += 1;
        if (runs === 1) throw new Error('once');
        return done;
      },
      { onChange: (job, state) => void changes.push(`${job.key} ${state}`) },
    );
    await elapse(3000);
    expect(changes).toEqual(['a running', 'a waiting', 'a running', 'a done']);
  });

  it('goes on when the queue fails for a while', async () => {
    await enqueue('a');
    let failures = 3;
    const handler = vi.fn<JobHandler>(async () => done);
    start(handler, {
      queue: {
        ...queue,
        claim: async (kind, leaseMs) => {
          if (failures-- > 0) throw new Error('disk full');
          return queue.claim(kind, leaseMs);
        },
      },
    });
    await elapse(5000);
    expect((await stored('a')).state).toBe('done');
  });
});

describe('a job that fails', () => {
  it('runs again after its backoff, counting the failure', async () => {
    await enqueue('a');
    const handler = vi.fn<JobHandler>(async () => {
      throw new ProviderError('wyoming', 'transient', 'connection refused');
    });
    start(handler);
    await settle();
    expect(await stored('a')).toMatchObject({
      state: 'waiting',
      attempts: 1,
      runAt: clock.now() + 1000,
      note: 'wyoming: transient',
    });
    await elapse(500);
    expect(handler).toHaveBeenCalledTimes(1);
    await elapse(1000);
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it('goes to the dead letters after its eighth failure', async () => {
    await enqueue('a');
    const handler = vi.fn<JobHandler>(async () => {
      throw new Error('always');
    });
    start(handler);
    await elapse(20 * 60_000);
    expect(handler).toHaveBeenCalledTimes(8);
    expect(await stored('a')).toMatchObject({ state: 'dead', attempts: 8, note: 'Error' });
  });

  it('goes there at once when it would fail in the same way for ever', async () => {
    await enqueue('a');
    start(async () => {
      throw new ProviderError('wyoming', 'bad-request', 'sound refused');
    });
    await settle();
    expect(await stored('a')).toMatchObject({ state: 'dead', note: 'wyoming: bad-request' });
  });

  it('is announced before it moves to the dead letters', async () => {
    await enqueue('a');
    const error = new ProviderError('wyoming', 'bad-request', 'sound refused');
    const onDead = vi.fn(async (job: Job, cause: unknown) => {
      expect(cause).toBe(error);
      expect((await stored(job.key)).state).toBe('running');
    });
    start(
      async () => {
        throw error;
      },
      { onDead: { crop: onDead } },
    );
    await settle();
    expect(onDead).toHaveBeenCalledTimes(1);
    expect((await stored('a')).state).toBe('dead');
  });

  it('stays out of the dead letters until it could be announced', async () => {
    await enqueue('a');
    let deaf = true;
    start(
      async () => {
        throw new ProviderError('wyoming', 'bad-request', 'sound refused');
      },
      {
        onDead: {
          crop: async () => {
            if (deaf) throw new Error('disk full');
          },
        },
      },
    );
    await settle();
    expect((await stored('a')).state).toBe('waiting');
    deaf = false;
    await elapse(5000);
    expect((await stored('a')).state).toBe('dead');
  });

  it('does not hold up the others', async () => {
    await enqueue('bad');
    await enqueue('good');
    start(async (job) => {
      if (job.key === 'bad') throw new Error('always');
      return done;
    });
    await settle();
    expect((await stored('good')).state).toBe('done');
  });
});

describe('a postponed job', () => {
  it('counts no failure and runs again when it is woken', async () => {
    await enqueue('a');
    let isReady = false;
    const worker = start(async () =>
      isReady ? done : { kind: 'postpone', reason: 'no-transcriber', retryAfterMs: 600_000 },
    );
    await settle();
    expect(await stored('a')).toMatchObject({
      state: 'waiting',
      attempts: 0,
      note: 'no-transcriber',
    });
    isReady = true;
    await queue.wake('crop', 'no-transcriber');
    worker.nudge('crop');
    await settle();
    expect((await stored('a')).state).toBe('done');
  });
});

describe('a lease', () => {
  it('is kept alive for as long as the job runs', async () => {
    await enqueue('a');
    const { handler, runs } = heldHandler();
    start(handler);
    await elapse(120_000);
    expect(await queue.claim('crop', 1000)).toBeNull();
    runs[0]?.end();
    await settle();
    expect((await stored('a')).state).toBe('done');
    expect(runs).toHaveLength(1);
  });

  it('aborts its handler when it is lost, and what came of that run is not reported', async () => {
    await enqueue('a');
    const { handler, runs } = heldHandler();
    start(handler);
    await settle();
    await queue.releaseAll();
    const other = await queue.claim('crop', 600_000);
    await elapse(10_000);
    expect(runs[0]?.signal.aborted).toBe(true);
    expect(await stored('a')).toMatchObject({ state: 'running', attempts: 0 });
    expect(other && (await queue.complete(other))).toBe(true);
  });

  it('survives a beat that could not be sent', async () => {
    await enqueue('a');
    let failures = 1;
    const { handler, runs } = heldHandler();
    start(handler, {
      queue: {
        ...queue,
        extend: async (leased, leaseMs) => {
          if (failures-- > 0) throw new Error('busy');
          return queue.extend(leased, leaseMs);
        },
      },
    });
    await elapse(60_000);
    expect(runs[0]?.signal.aborted).toBe(false);
    expect(runs).toHaveLength(1);
  });
});

describe('a run that takes too long', () => {
  it('is aborted and counts as a failure', async () => {
    await enqueue('a');
    const { handler, runs } = heldHandler();
    start(handler, { timeoutMs: { crop: 5000 } });
    await elapse(4500);
    expect(runs[0]?.signal.aborted).toBe(false);
    await elapse(500);
    expect(runs[0]?.signal.aborted).toBe(true);
    expect(await stored('a')).toMatchObject({ attempts: 1, note: 'TimeoutError' });
  });

  it('gives its slot to the next job even when its handler does not stop', async () => {
    await enqueue('stuck');
    await enqueue('next');
    start((job) => (job.key === 'stuck' ? new Promise(() => undefined) : Promise.resolve(done)), {
      timeoutMs: { crop: 5000 },
    });
    await elapse(8000);
    expect((await stored('stuck')).attempts).toBeGreaterThan(0);
    expect((await stored('next')).state).toBe('done');
  });
});

describe('stopping', () => {
  it('lets running jobs end within the grace, and takes no more', async () => {
    await enqueue('a');
    await enqueue('b');
    const { handler, runs } = heldHandler();
    const worker = start(handler);
    await settle();
    const stopped = worker.stop(5000);
    await elapse(3000);
    runs[0]?.end();
    await stopped;
    expect((await stored('a')).state).toBe('done');
    expect((await stored('b')).state).toBe('queued');
  });

  it('gives back what does not end, uncounted and due at once', async () => {
    await enqueue('a');
    const { handler, runs } = heldHandler();
    const worker = start(handler);
    await settle();
    await elapse(5000, worker.stop(5000));
    expect(runs[0]?.signal.aborted).toBe(true);
    expect(await stored('a')).toMatchObject({ state: 'waiting', attempts: 0, note: 'interrupted' });
    expect((await queue.claim('crop', 1000))?.job.key).toBe('a');
  });

  it('does not wait for a handler that ignores its signal', async () => {
    await enqueue('a');
    const worker = start(() => new Promise(() => undefined));
    await settle();
    await elapse(4000, worker.stop(1000));
    expect(await stored('a')).toMatchObject({ state: 'waiting', attempts: 0 });
  });

  it('asks nothing more of the queue', async () => {
    const worker = start(async () => done);
    await settle();
    await worker.stop(0);
    await enqueue('a');
    worker.nudge('crop');
    await elapse(5000);
    expect((await stored('a')).state).toBe('queued');
  });
});
