import { jobIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock, type FakeClock } from '../../src/base/fake-clock.ts';
import { newUuid, type Clock } from '../../src/base/index.ts';
import type { JobQueue, LeasedJob } from '../../src/jobs/index.ts';
import { alice, bob } from './samples.ts';
import type { Subject } from './suite.ts';

export function describeJobQueue(
  name: string,
  makeQueue: (clock: Clock) => Promise<Subject<JobQueue>> | Subject<JobQueue>,
): void {
  /** Runs a test on a fresh queue. */
  const on =
    (test: (queue: JobQueue, clock: FakeClock) => Promise<void>) => async (): Promise<void> => {
      const clock = fakeClock();
      const subject = await makeQueue(clock);
      try {
        await test(subject.store, clock);
      } finally {
        await subject.dispose();
      }
    };
  const add = (queue: JobQueue, key: string, kind = 'crop') =>
    queue.enqueue({ kind, key, userId: alice, payload: { key } });
  const claim = async (queue: JobQueue, kind = 'crop', leaseMs = 30_000): Promise<LeasedJob> => {
    const leased = await queue.claim(kind, leaseMs);
    if (!leased) throw new Error('nothing is due');
    return leased;
  };
  const claimKey = async (queue: JobQueue, kind = 'crop') =>
    (await queue.claim(kind, 30_000))?.job.key ?? null;

  describe(`jobs: ${name}`, () => {
    it(
      'a job is queued as it was asked for, due at once',
      on(async (queue, clock) => {
        const payload = { conversationId: 'c', nested: [1, 'zwei', null, true] };
        const job = await queue.enqueue({ kind: 'crop', key: 'a', userId: alice, payload });
        expect(job).toEqual({
          id: job.id,
          kind: 'crop',
          key: 'a',
          userId: alice,
          payload,
          state: 'queued',
          attempts: 0,
          runAt: clock.now(),
          createdAt: clock.now(),
          finishedAt: null,
          note: null,
        });
        expect(await queue.findByKey('a')).toEqual(job);
        expect(await queue.findByKey('b')).toBeNull();
      }),
    );

    it(
      'a job goes under the id it is given',
      on(async (queue) => {
        const id = jobIdSchema.parse(newUuid());
        const request = { id, kind: 'crop', key: 'a', userId: alice, payload: null };
        expect((await queue.enqueue(request)).id).toBe(id);
        expect((await queue.enqueue(request)).id).toBe(id);
      }),
    );

    it(
      'a key is enqueued once, in whatever state its job is',
      on(async (queue) => {
        const first = await add(queue, 'a');
        expect((await queue.enqueue({ ...first, kind: 'other', payload: 1 })).id).toBe(first.id);
        await queue.complete(await claim(queue));
        expect(await add(queue, 'a')).toMatchObject({ id: first.id, state: 'done' });
        expect(await queue.claim('crop', 1000)).toBeNull();
        expect((await queue.countByState()).done).toBe(1);
      }),
    );

    it(
      'claims go to the job of the kind that has been due longest',
      on(async (queue, clock) => {
        for (const key of ['a', 'b']) {
          await add(queue, key);
          clock.advance(10);
        }
        await add(queue, 'other', 'transcribe');
        await queue.postpone(await claim(queue), clock.now() - 1, 'later than b');
        expect(await claimKey(queue)).toBe('b');
        expect(await claimKey(queue)).toBe('a');
        expect(await claimKey(queue)).toBeNull();
        expect(await claimKey(queue, 'transcribe')).toBe('other');
        expect(await claimKey(queue, 'unknown')).toBeNull();
      }),
    );

    it(
      'jobs that fell due together come in the order they were added',
      on(async (queue) => {
        for (const key of ['a', 'b', 'c', 'd']) await add(queue, key);
        for (const key of ['a', 'b', 'c', 'd']) expect(await claimKey(queue)).toBe(key);
      }),
    );

    it(
      'a job in hand is given to nobody else until its lease runs out',
      on(async (queue, clock) => {
        await add(queue, 'a');
        const leased = await claim(queue);
        expect(leased.job).toMatchObject({ key: 'a', state: 'running', payload: { key: 'a' } });
        clock.advance(29_999);
        expect(await queue.claim('crop', 30_000)).toBeNull();
        clock.advance(1);
        const again = await claim(queue);
        expect(again.job).toMatchObject({ id: leased.job.id, attempts: 0 });
        expect(again.lease).not.toBe(leased.lease);
      }),
    );

    it(
      'extending a lease holds the job longer',
      on(async (queue, clock) => {
        await add(queue, 'a');
        const leased = await claim(queue);
        clock.advance(20_000);
        expect(await queue.extend(leased, 30_000)).toBe(true);
        clock.advance(29_999);
        expect(await queue.claim('crop', 30_000)).toBeNull();
        clock.advance(1);
        expect(await claimKey(queue)).toBe('a');
      }),
    );

    it(
      'reports of a lost lease are ignored and answered with false',
      on(async (queue, clock) => {
        await add(queue, 'a');
        const lost = await claim(queue);
        clock.advance(30_000);
        const held = await claim(queue);
        const before = await queue.findByKey('a');
        expect(await queue.extend(lost, 90_000)).toBe(false);
        expect(await queue.complete(lost)).toBe(false);
        expect(await queue.retry(lost, clock.now(), 'x')).toBe(false);
        expect(await queue.postpone(lost, clock.now(), 'x')).toBe(false);
        expect(await queue.kill(lost, 'x', false)).toBe(false);
        expect(await queue.findByKey('a')).toEqual(before);
        expect(await queue.complete(held)).toBe(true);
        expect(await queue.complete(held)).toBe(false);
      }),
    );

    it(
      'a completed job is done and never runs again',
      on(async (queue, clock) => {
        await add(queue, 'a');
        const leased = await claim(queue);
        clock.advance(5);
        expect(await queue.complete(leased)).toBe(true);
        expect(await queue.findByKey('a')).toMatchObject({
          state: 'done',
          finishedAt: clock.now(),
          note: null,
        });
        clock.advance(3_600_000);
        expect(await queue.claim('crop', 1000)).toBeNull();
      }),
    );

    it(
      'a retried job waits until it is due, and counts a failure',
      on(async (queue, clock) => {
        await add(queue, 'a');
        const runAt = clock.now() + 2000;
        expect(await queue.retry(await claim(queue), runAt, 'ECONNREFUSED')).toBe(true);
        expect(await queue.findByKey('a')).toMatchObject({
          state: 'waiting',
          attempts: 1,
          runAt,
          note: 'ECONNREFUSED',
        });
        clock.advance(1999);
        expect(await queue.claim('crop', 1000)).toBeNull();
        clock.advance(1);
        expect((await claim(queue)).job).toMatchObject({ key: 'a', attempts: 1 });
      }),
    );

    it(
      'a postponed job counts no failure',
      on(async (queue, clock) => {
        await add(queue, 'a');
        for (let turn = 0; turn < 3; turn++) {
          const runAt = clock.now() + 1000;
          expect(await queue.postpone(await claim(queue), runAt, 'no-transcriber')).toBe(true);
          expect(await queue.findByKey('a')).toMatchObject({
            state: 'waiting',
            attempts: 0,
            runAt,
            note: 'no-transcriber',
          });
          expect(await queue.claim('crop', 1000)).toBeNull();
          clock.advance(1000);
        }
        expect(await claimKey(queue)).toBe('a');
      }),
    );

    it(
      'waking makes due what was postponed for that reason, and touches nothing else',
      on(async (queue, clock) => {
        for (const key of ['a', 'b', 'failed', 'running', 'queued']) await add(queue, key);
        await add(queue, 'other', 'transcribe');
        const later = clock.now() + 600_000;
        await queue.postpone(await claim(queue), later, 'no-transcriber');
        await queue.postpone(await claim(queue), later, 'no-transcriber');
        await queue.retry(await claim(queue), later, 'ETIMEDOUT');
        await claim(queue);
        await queue.postpone(await claim(queue, 'transcribe'), later, 'no-transcriber');
        expect(await queue.wake('crop', 'no-transcriber')).toBe(2);
        expect((await queue.findByKey('failed'))?.attempts).toBe(1);
        const claimed = [await claimKey(queue), await claimKey(queue), await claimKey(queue)];
        expect(claimed.sort()).toEqual(['a', 'b', 'queued']);
        expect(await claimKey(queue)).toBeNull();
        expect(await claimKey(queue, 'transcribe')).toBeNull();
        expect(await queue.wake('unknown', 'no-transcriber')).toBe(0);
      }),
    );

    it(
      'a killed job is a dead letter: kept, counted, never run',
      on(async (queue, clock) => {
        await add(queue, 'a');
        expect(await queue.kill(await claim(queue), 'wyoming: bad-request', true)).toBe(true);
        const dead = await queue.findByKey('a');
        expect(dead).toMatchObject({
          state: 'dead',
          attempts: 1,
          finishedAt: clock.now(),
          note: 'wyoming: bad-request',
        });
        expect(await queue.find(dead!.userId, dead!.id)).toEqual(dead);
        expect(await queue.find(bob, dead!.id)).toBeNull();
        expect(await queue.listDead(10)).toEqual([dead]);
        clock.advance(3_600_000);
        expect(await queue.wake('crop', 'wyoming: bad-request')).toBe(0);
        expect(await queue.claim('crop', 1000)).toBeNull();
      }),
    );

    it(
      'all dead jobs of a kind come back at once, and no others',
      on(async (queue) => {
        for (const key of ['a', 'b']) {
          await add(queue, key);
          await queue.kill(await claim(queue), 'x', false);
        }
        await add(queue, 'other', 'transcribe');
        await queue.kill(await claim(queue, 'transcribe'), 'x', false);
        await add(queue, 'hopeless');
        await queue.kill(await claim(queue), 'x', true);
        expect(await queue.reviveAll('crop')).toBe(2);
        expect([await claimKey(queue), await claimKey(queue)].sort()).toEqual(['a', 'b']);
        expect(await claimKey(queue, 'transcribe')).toBeNull();
      }),
    );

    it(
      'dead letters are listed up to a limit',
      on(async (queue) => {
        for (const key of ['a', 'b', 'c']) {
          await add(queue, key);
          await queue.kill(await claim(queue), 'x', false);
        }
        await add(queue, 'alive');
        expect(await queue.listDead(2)).toHaveLength(2);
        expect((await queue.listDead(10)).map((job) => job.key).sort()).toEqual(['a', 'b', 'c']);
      }),
    );

    it(
      'a dead job comes back with its attempts reset; others do not',
      on(async (queue, clock) => {
        await add(queue, 'a');
        await queue.retry(await claim(queue), clock.now(), 'x');
        const { job } = await claim(queue).then(async (leased) => {
          expect(await queue.revive(leased.job.id)).toBe(false);
          await queue.kill(leased, 'x', false);
          return leased;
        });
        clock.advance(10);
        expect(await queue.revive(job.id)).toBe(true);
        expect(await queue.findByKey('a')).toMatchObject({
          state: 'queued',
          attempts: 0,
          runAt: clock.now(),
          finishedAt: null,
        });
        expect(await queue.revive(job.id)).toBe(false);
        expect(await queue.revive(jobIdSchema.parse(newUuid()))).toBe(false);
        expect(await claimKey(queue)).toBe('a');
      }),
    );

    it(
      'releasing gives every lease back at once, uncounted',
      on(async (queue) => {
        for (const key of ['a', 'b', 'queued']) await add(queue, key);
        const lost = await claim(queue);
        await claim(queue);
        expect(await queue.releaseAll()).toBe(2);
        expect(await queue.complete(lost)).toBe(false);
        for (const key of ['a', 'b', 'queued']) {
          expect((await claim(queue)).job).toMatchObject({ key, attempts: 0 });
        }
        expect(await claimKey(queue)).toBeNull();
      }),
    );

    it(
      'counts jobs by state, also where there are none',
      on(async (queue, clock) => {
        expect(await queue.countByState()).toEqual({
          queued: 0,
          running: 0,
          waiting: 0,
          done: 0,
          dead: 0,
        });
        for (const key of ['done', 'dead', 'waiting', 'running', 'queued', 'queued too']) {
          await add(queue, key);
        }
        await queue.complete(await claim(queue));
        await queue.kill(await claim(queue), 'x', false);
        await queue.postpone(await claim(queue), clock.now() + 1000, 'x');
        await claim(queue);
        expect(await queue.countByState()).toEqual({
          queued: 2,
          running: 1,
          waiting: 1,
          done: 1,
          dead: 1,
        });
      }),
    );

    it('loses and doubles no job, whatever happens to it', async () => {
      const step = fc.constantFrom(
        'claim',
        'complete',
        'retry',
        'postpone',
        'kill',
        'wake',
        'expire',
        'release',
        'again',
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) =>
          on(async (queue, clock) => {
            const keys = ['a', 'b', 'c'];
            for (const key of keys) await add(queue, key);
            const held: LeasedJob[] = [];
            for (const next of steps) {
              const leased = held.at(-1);
              if (next === 'claim') {
                const claimed = await queue.claim('crop', 1000);
                if (claimed) held.push(claimed);
              } else if (next === 'wake') await queue.wake('crop', 'x');
              else if (next === 'release') await queue.releaseAll();
              else if (next === 'expire') clock.advance(1000);
              else if (next === 'again') for (const key of keys) await add(queue, key);
              else if (leased) {
                if (next === 'complete') await queue.complete(leased);
                if (next === 'retry') await queue.retry(leased, clock.now() + 500, 'x');
                if (next === 'postpone') await queue.postpone(leased, clock.now() + 500, 'x');
                if (next === 'kill') await queue.kill(leased, 'x', false);
                held.pop();
              }
            }
            const counts = await queue.countByState();
            expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(keys.length);
            clock.advance(10_000);
            const due = new Set<string>();
            for (let key = await claimKey(queue); key; key = await claimKey(queue)) {
              expect(due.has(key)).toBe(false);
              due.add(key);
            }
            expect(due.size).toBe(keys.length - counts.done - counts.dead);
          })(),
        ),
        { numRuns: 60 },
      );
    });
  });
}
