import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../adapters/sqlite/index.ts';
import { opusFormat, speechFormat, type AudioFormat } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { silentLog } from '../base/index.ts';
import { checkCaptures, type Capture, type Segment } from '../capture/index.ts';
import { applyRetentionJob, startDailyRetention } from './daily.ts';
import { enqueuePacking, packingHandler, packSegmentsJob } from './packing.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const captureId = captureIdSchema.parse('c'.repeat(32));
const never = new AbortController().signal;

async function house(format: AudioFormat = speechFormat, state: Capture['state'] = 'sealed') {
  const clock = fakeClock();
  const stores = openSqlite({ path: ':memory:', clock });
  await stores.captures.add({
    id: captureId,
    userId,
    clientId: clientIdSchema.parse('aaaaaa-pin'),
    format,
    startedAt: 0,
    origin: 'live',
    state,
    awaySince: null,
    endedAt: 1,
    endReason: 'stop',
  });
  for (const index of [0, 1, 2]) {
    const segment: Segment = {
      captureId,
      userId,
      index,
      startMs: index * 1000,
      byteCount: 32_000,
      durationMs: 1000,
      gaps: [],
      lastSeq: null,
      isSealed: true,
    };
    await stores.captures.putSegment(segment);
  }
  return { clock, stores };
}

describe('the packing job', () => {
  async function run(
    { stores }: Awaited<ReturnType<typeof house>>,
    { isPresent = true, broken = -1 } = {},
  ) {
    const packed: number[] = [];
    const job = packingHandler({
      captures: stores.captures,
      upkeep: {
        pack: async ({ index }) => {
          if (index === broken) return false;
          packed.push(index);
          await stores.upkeep.markPacked({ userId, captureId, index }, 1000);
          return true;
        },
      },
      packing: { isPresent: async () => isPresent },
      log: silentLog,
    });
    await enqueuePacking(stores.jobs, { userId, id: captureId });
    const leased = await stores.jobs.claim(packSegmentsJob, 1000);
    if (!leased) throw new Error('no job');
    return { packed, result: await job(leased.job, never), again: () => job(leased.job, never) };
  }

  it('packs every segment once, and what is left over when it is run again', async () => {
    const rooms = await house();
    await rooms.stores.upkeep.markRemoved({ userId, captureId, index: 1 }, 5);
    const { packed, result, again } = await run(rooms);
    expect(result).toEqual({ kind: 'done' });
    expect(packed).toEqual([0, 2]);
    await again();
    expect(packed).toEqual([0, 2]);
    expect(await rooms.stores.upkeep.listUnpacked()).toEqual([]);
  });

  it('goes on behind a segment that is not what its record says', async () => {
    const { packed } = await run(await house(), { broken: 0 });
    expect(packed).toEqual([1, 2]);
  });

  it('waits for the capture to be sealed, and for the program', async () => {
    const open = await run(await house(speechFormat, 'ended'));
    expect(open.result).toMatchObject({ kind: 'postpone', reason: 'not-sealed' });
    const without = await run(await house(), { isPresent: false });
    expect(without.result).toMatchObject({ kind: 'postpone', reason: 'no-ffmpeg' });
    expect([...open.packed, ...without.packed]).toEqual([]);
  });

  it('leaves Opus as it came', async () => {
    const { packed, result } = await run(await house(opusFormat));
    expect(result).toEqual({ kind: 'done' });
    expect(packed).toEqual([]);
  });
});

describe('the daily retention', () => {
  it('asks for one job a user and day', async () => {
    const { clock, stores } = await house();
    const keys: string[] = [];
    const stop = startDailyRetention({
      queue: {
        enqueue: async (request) => {
          keys.push(request.key);
          return stores.jobs.enqueue(request);
        },
      },
      listUsers: async () => [{ id: userId }],
      clock,
      log: silentLog,
    });
    for (let hour = 0; hour < 30; hour += 1) {
      clock.advance(3_600_000);
      await new Promise(setImmediate);
    }
    stop();
    clock.advance(10 * 86_400_000);
    expect(keys).toHaveLength(31);
    const days = [...new Set(keys)];
    expect(days.length).toBeGreaterThanOrEqual(2);
    expect(days[0]).toMatch(new RegExp(`^${applyRetentionJob}:${userId}:\\d{4}-\\d\\d-\\d\\d$`));
    expect((await stores.jobs.countByState()).queued).toBe(days.length);
  });
});

describe('checking captures', () => {
  it('looks again at what was removed or packed while it was looked at', async () => {
    const { stores } = await house();
    const looks: number[] = [];
    const found = await Array.fromAsync(
      checkCaptures(
        {
          listAll: (after, limit) => stores.upkeep.listAll(after, limit),
          store: stores.captures,
          inspection: {
            async inspect({ index, removedAt }) {
              looks.push(index);
              if (index === 2) return ['size'];
              if (index !== 1 || removedAt !== undefined) return [];
              await stores.upkeep.markRemoved({ userId, captureId, index }, 5);
              return ['missing'];
            },
          },
        },
        never,
      ),
    );
    expect(looks).toEqual([0, 1, 2, 1]);
    expect(found).toEqual([
      {
        captureCount: 1,
        segmentCount: 3,
        faults: [{ userId, captureId, index: 2, kind: 'size' }],
      },
    ]);
  });

  it('passes over captures that go on', async () => {
    const { stores } = await house(speechFormat, 'away');
    const inspection = { inspect: async () => ['missing'] as const };
    const found = checkCaptures(
      {
        listAll: (after, limit) => stores.upkeep.listAll(after, limit),
        store: stores.captures,
        inspection,
      },
      never,
    );
    expect(await Array.fromAsync(found)).toEqual([]);
  });
});
