import type { UserId } from '@friend-lite/contract';
import type { Clock, Log } from '../base/index.ts';
import type { JobHandler, JobQueue } from '../jobs/index.ts';
import type { Retention } from './retention.ts';

export const applyRetentionJob = 'apply-retention';

/** Asking is cheap, and a day that began while the server was off is not missed for long. */
const askEveryMs = 3_600_000;

/** Removes what a user no longer keeps. */
export function retentionHandler(retention: Pick<Retention, 'run'>, log: Log): JobHandler {
  return async (job, signal) => {
    const { conversations, sound, byteCount } = await retention.run(job.userId, signal);
    if (byteCount > 0 || conversations.length > 0) {
      const segments = sound.reduce((sum, going) => sum + going.segments.length, 0);
      log.info('retention applied', {
        userId: job.userId,
        conversations: conversations.length,
        segments,
        byteCount,
      });
    }
    return { kind: 'done' };
  };
}

/** Asks for one job a user and day (UTC), from now on. Returns the function that ends it. */
export function startDailyRetention(deps: {
  readonly queue: Pick<JobQueue, 'enqueue'>;
  readonly listUsers: () => Promise<readonly { readonly id: UserId }[]>;
  readonly clock: Clock;
  readonly log: Log;
}): () => void {
  const { clock, log } = deps;
  let cancel: () => void = () => undefined;

  async function ask(): Promise<void> {
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    for (const { id } of await deps.listUsers()) {
      await deps.queue.enqueue({
        kind: applyRetentionJob,
        key: `${applyRetentionJob}:${id}:${day}`,
        userId: id,
        payload: {},
      });
    }
  }

  function tick(): void {
    ask().catch((error: unknown) => log.error('retention not asked for', error));
    cancel = clock.after(askEveryMs, tick);
  }
  tick();
  return () => cancel();
}
