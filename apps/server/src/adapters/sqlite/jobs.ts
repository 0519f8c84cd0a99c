import { jobIdSchema, userIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { newUuid, type Clock } from '../../base/index.ts';
import type { Job, JobQueue, LeasedJob } from '../../jobs/index.ts';
import type { Database } from './database.ts';
import { bit, json, many, one } from './rows.ts';

const columns = `id, kind, key, user_id AS userId, payload, state, attempts, run_at AS runAt,
  created_at AS createdAt, finished_at AS finishedAt, note`;

const jobState = z.enum(['queued', 'running', 'waiting', 'done', 'dead']);

const jobRow: z.ZodType<Job> = z.object({
  id: jobIdSchema,
  kind: z.string(),
  key: z.string(),
  userId: userIdSchema,
  payload: json(z.unknown()),
  state: jobState,
  attempts: z.int(),
  runAt: z.number(),
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
  note: z.string().nullable(),
});

const stateCountRow = z.object({ state: jobState, count: z.int() });

export function sqliteJobs({ sql }: Database, clock: Clock): JobQueue {
  const insert = sql.prepare(`
    INSERT INTO jobs (id, kind, key, user_id, payload, state, attempts, run_at, due_at, created_at)
    VALUES (:id, :kind, :key, :userId, :payload, 'queued', 0, :now, :now, :now)
    ON CONFLICT (key) DO NOTHING`);
  const byId = sql.prepare(`SELECT ${columns} FROM jobs WHERE user_id = ? AND id = ?`);
  const byKey = sql.prepare(`SELECT ${columns} FROM jobs WHERE key = ?`);
  const take = sql.prepare(`
    UPDATE jobs SET state = 'running', lease = :lease, due_at = :until
    WHERE number = (
      SELECT number FROM jobs WHERE kind = :kind AND due_at <= :now ORDER BY due_at, number LIMIT 1)
    RETURNING ${columns}`);
  const extend = sql.prepare('UPDATE jobs SET due_at = :until WHERE id = :id AND lease = :lease');
  const finish = sql.prepare(`
    UPDATE jobs SET state = :state, lease = NULL, due_at = NULL, finished_at = :now,
      attempts = attempts + :failures, note = :note, is_hopeless = :isHopeless
    WHERE id = :id AND lease = :lease`);
  const putBack = sql.prepare(`
    UPDATE jobs SET state = 'waiting', lease = NULL, run_at = :runAt, due_at = :runAt,
      attempts = attempts + :failures, note = :note
    WHERE id = :id AND lease = :lease`);
  const wake = sql.prepare(`
    UPDATE jobs SET run_at = min(run_at, :now), due_at = min(due_at, :now)
    WHERE kind = :kind AND state = 'waiting' AND note = :reason`);
  const releaseAll = sql.prepare(`
    UPDATE jobs SET state = 'queued', lease = NULL, due_at = run_at WHERE state = 'running'`);
  const count = sql.prepare('SELECT state, count(*) AS count FROM jobs GROUP BY state');
  const dead = sql.prepare(`
    SELECT ${columns} FROM jobs WHERE state = 'dead' ORDER BY finished_at DESC, number DESC LIMIT ?`);
  const revive = sql.prepare(`
    UPDATE jobs SET state = 'queued', attempts = 0, run_at = :now, due_at = :now, finished_at = NULL,
      note = NULL
    WHERE id = :id AND state = 'dead'`);
  const reviveAll = sql.prepare(`
    UPDATE jobs SET state = 'queued', attempts = 0, run_at = :now, due_at = :now, finished_at = NULL,
      note = NULL
    WHERE kind = :kind AND state = 'dead' AND is_hopeless = 0`);

  const holding = ({ job, lease }: LeasedJob) => ({ id: job.id, lease });

  return {
    async enqueue({ id = newUuid(), kind, key, userId, payload }) {
      insert.run({
        id,
        kind,
        key,
        userId,
        payload: JSON.stringify(payload),
        now: clock.now(),
      });
      return jobRow.parse(byKey.get(key));
    },

    async claim(kind, leaseMs) {
      const now = clock.now();
      const lease = newUuid();
      const job = one(jobRow, take.get({ kind, lease, now, until: now + leaseMs }));
      return job && { job, lease };
    },

    extend: async (leased, leaseMs) =>
      extend.run({ ...holding(leased), until: clock.now() + leaseMs }).changes === 1,

    complete: async (leased) =>
      finish.run({
        ...holding(leased),
        state: 'done',
        now: clock.now(),
        failures: 0,
        note: null,
        isHopeless: bit(false),
      }).changes === 1,

    kill: async (leased, note, isHopeless) =>
      finish.run({
        ...holding(leased),
        state: 'dead',
        now: clock.now(),
        failures: 1,
        note,
        isHopeless: bit(isHopeless),
      }).changes === 1,

    retry: async (leased, runAt, note) =>
      putBack.run({ ...holding(leased), runAt: Math.ceil(runAt), failures: 1, note }).changes === 1,

    postpone: async (leased, runAt, note) =>
      putBack.run({ ...holding(leased), runAt: Math.ceil(runAt), failures: 0, note }).changes === 1,

    wake: async (kind, reason) => wake.run({ kind, reason, now: clock.now() }).changes,

    releaseAll: async () => releaseAll.run().changes,

    find: async (userId, id) => one(jobRow, byId.get(userId, id)),
    findByKey: async (key) => one(jobRow, byKey.get(key)),

    async countByState() {
      const counts = { queued: 0, running: 0, waiting: 0, done: 0, dead: 0 };
      for (const row of many(stateCountRow, count.all())) counts[row.state] = row.count;
      return counts;
    },

    listDead: async (limit) => many(jobRow, dead.all(limit)),

    revive: async (id) => revive.run({ id, now: clock.now() }).changes === 1,

    reviveAll: async (kind) => reviveAll.run({ kind, now: clock.now() }).changes,
  };
}
