import { userIdSchema } from '@friend-lite/contract';
import { expect, it } from 'vitest';
import { openSqlite } from '../adapters/sqlite/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { silentLog } from '../base/index.ts';
import type { JobHandler } from './index.ts';
import { startWorker } from './worker.ts';

const ada = userIdSchema.parse('a'.repeat(24));
const bob = userIdSchema.parse('b'.repeat(24));

it('stops the jobs of one user and lets those of others run', async () => {
  const clock = fakeClock();
  const stores = openSqlite({ path: ':memory:', clock });
  const stopped: string[] = [];
  const handler: JobHandler = (job, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped.push(job.userId);
        reject(signal.reason as Error);
      });
    });
  for (const userId of [ada, bob]) {
    await stores.jobs.enqueue({ kind: 'crop', key: userId, userId, payload: {} });
  }
  const worker = startWorker({
    queue: stores.jobs,
    handlers: { crop: handler },
    concurrency: { crop: 2 },
    clock,
    log: silentLog,
  });
  await new Promise(setImmediate);

  await stores.userRecords.removeAll(ada);
  await worker.release(ada);

  expect(stopped).toEqual([ada]);
  expect(await stores.jobs.findByKey(ada)).toBeNull();
  expect((await stores.jobs.findByKey(bob))?.state).toBe('running');
  const stopping = worker.stop(0);
  await new Promise(setImmediate);
  clock.advance(1);
  await stopping;
  stores.close();
});
