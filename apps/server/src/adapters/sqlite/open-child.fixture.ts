import { writeSync } from 'node:fs';
import { userIdSchema } from '@friend-lite/contract';
import { systemClock } from '../../base/index.ts';
import { openSqlite } from './index.ts';

/** A process that opens the database, writes a job, says so, and holds on until it is killed. */
const [path = ''] = process.argv.slice(2);
const { jobs } = openSqlite({ path, clock: systemClock });
await jobs.enqueue({
  kind: 'crop',
  key: 'written before the kill',
  userId: userIdSchema.parse('665f00000000000000a11ce0'),
  payload: null,
});
writeSync(1, 'open\n');
setInterval(() => undefined, 60_000);
