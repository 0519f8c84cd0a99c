import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { ProviderError, silentLog } from '../base/index.ts';
import { createTranscriberPool } from './pool.ts';
import type { Availability, Transcriber } from './ports.ts';

const works: Availability = { available: true, model: 'tiny' };
const absent: Availability = { available: false, reason: 'not running' };

interface ScriptedEngine extends Transcriber {
  /** What the next probes answer. */
  state: Availability | 'throws' | 'hangs';
  probeCount: number;
  probesRunning: number;
  mostProbesAtOnce: number;
}

function engine(name: string, state: ScriptedEngine['state']): ScriptedEngine {
  return {
    name,
    state,
    probeCount: 0,
    probesRunning: 0,
    mostProbesAtOnce: 0,
    capabilities: {
      timestamps: 'none',
      unit: 'utterance',
      diarization: false,
      keyterms: false,
      languages: 'any',
      concurrency: 1,
      maxAudioMs: 30_000,
    },
    async probe(signal) {
      this.probeCount += 1;
      this.probesRunning += 1;
      this.mostProbesAtOnce = Math.max(this.mostProbesAtOnce, this.probesRunning);
      try {
        if (this.state === 'throws') throw new Error('broken engine');
        if (this.state !== 'hangs') return this.state;
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('aborted'))),
        );
        return absent;
      } finally {
        this.probesRunning -= 1;
      }
    },
    transcribe: () => Promise.reject(new Error('not asked to transcribe')),
    live: null,
  };
}

/** Lets everything that is ready to run, run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const breaker = {
  failureThreshold: 2,
  openMs: { first: 15_000, longest: 600_000 },
  refusedOpenMs: 300_000,
};

function poolOf(...transcribers: ScriptedEngine[]) {
  const clock = fakeClock();
  const pool = createTranscriberPool({ transcribers, breaker, clock, log: silentLog });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return { pool, pass };
}

describe('the transcriber pool', () => {
  it('chooses the most preferred engine that works', async () => {
    const [first, second, third] = [engine('a', absent), engine('b', works), engine('c', works)];
    const { pool } = poolOf(first, second, third);
    void pool.start();
    await settle();
    expect(pool.choose()).toBe(second);
    expect(pool.choose(new Set([second]))).toBe(third);
    expect(pool.choose(new Set([second, third]))).toBeNull();
    await pool.stop();
  });

  it('knows no engine before it was asked, and says so', async () => {
    const { pool } = poolOf(engine('a', works));
    expect(pool.choose()).toBeNull();
    expect(pool.describe()).toMatchObject([
      { name: 'a', available: false, reason: 'not asked yet', breaker: 'closed' },
    ]);
    void pool.start();
    expect(pool.choose()).toBeNull();
    await settle();
    expect(pool.describe()).toEqual([
      {
        name: 'a',
        available: true,
        model: 'tiny',
        breaker: 'closed',
        isLive: false,
        tellsSpeakersApart: false,
      },
    ]);
    await pool.stop();
  });

  it('asks every 15 s until one works, then every 60 s, and tells when one appears', async () => {
    const late = engine('a', absent);
    const { pool, pass } = poolOf(late);
    let woken = 0;
    pool.onAvailable(() => (woken += 1));
    void pool.start();
    await settle();
    await pass(14_999);
    expect(late.probeCount).toBe(1);
    late.state = works;
    await pass(1);
    expect([late.probeCount, woken]).toEqual([2, 1]);
    expect(pool.choose()).toBe(late);
    await pass(59_999);
    expect(late.probeCount).toBe(2);
    await pass(1);
    expect([late.probeCount, woken]).toEqual([3, 1]);
    await pool.stop();
  });

  it('tells again when an engine comes back, but not a listener that left', async () => {
    const flaky = engine('a', works);
    const { pool, pass } = poolOf(flaky);
    const woken = { stays: 0, leaves: 0 };
    pool.onAvailable(() => (woken.stays += 1));
    const leave = pool.onAvailable(() => (woken.leaves += 1));
    void pool.start();
    await settle();
    leave();
    flaky.state = absent;
    await pass(60_000);
    expect(pool.choose()).toBeNull();
    flaky.state = works;
    await pass(15_000);
    expect(woken).toEqual({ stays: 2, leaves: 1 });
    await pool.stop();
  });

  const failed = new ProviderError('a', 'transient', 'connection closed');

  it('leaves an engine alone that fails at its work, though it answers when asked', async () => {
    const [first, second] = [engine('a', works), engine('b', works)];
    const { pool, pass } = poolOf(first, second);
    void pool.start();
    await settle();
    pool.reportFailure(first, failed);
    expect(pool.choose()).toBe(first);
    pool.reportFailure(first, failed);
    expect(pool.choose()).toBe(second);
    expect(pool.describe()[0]).toMatchObject({ available: true, breaker: 'open' });
    await pass(15_000);
    expect(pool.describe()[0]).toMatchObject({ breaker: 'half-open' });
    await pool.stop();
  });

  it('tries an engine at once that was gone and answers again', async () => {
    const only = engine('a', works);
    const { pool, pass } = poolOf(only);
    void pool.start();
    await settle();
    let woken = 0;
    pool.onAvailable(() => (woken += 1));
    only.state = absent;
    // Open for longer and longer, while it is away.
    for (let trial = 0; trial < 6; trial += 1) {
      pool.reportFailure(only, failed);
      pool.reportFailure(only, failed);
      await pass(15_000 * 2 ** trial);
    }
    only.state = works;
    woken = 0;
    await pass(15_000);
    expect(pool.choose()).toBe(only);
    expect(woken).toBe(1);
    await pool.stop();
  });

  it('tries such an engine with one piece of work at a time, and takes it back when that was done', async () => {
    const [first, second] = [engine('a', works), engine('b', works)];
    const { pool, pass } = poolOf(first, second);
    void pool.start();
    await settle();
    pool.reportFailure(first, new ProviderError('a', 'auth', 'payment required'));
    await pass(299_999);
    expect(pool.choose()).toBe(second);
    await pass(1);
    expect(pool.choose()).toBe(first);
    expect(pool.choose()).toBe(second);
    pool.reportAbandoned(first);
    expect(pool.choose()).toBe(first);
    pool.reportSuccess(first);
    expect([pool.choose(), pool.choose()]).toEqual([first, first]);
    await pool.stop();
  });

  it('wakes who waits when the only engine may be tried again, later each time it fails', async () => {
    const only = engine('a', works);
    const { pool, pass } = poolOf(only);
    let woken = 0;
    pool.onAvailable(() => (woken += 1));
    void pool.start();
    await settle();
    pool.reportFailure(only, failed);
    pool.reportFailure(only, failed);
    for (const [waitMs, times] of [
      [15_000, 2],
      [30_000, 3],
      [60_000, 4],
    ] as const) {
      await pass(waitMs - 1);
      expect(pool.choose()).toBeNull();
      await pass(1);
      expect(woken).toBe(times);
      expect(pool.choose()).toBe(only);
      pool.reportFailure(only, failed);
    }
    await pool.stop();
  });

  it('takes an engine back at once when an operator says so', async () => {
    const only = engine('a', works);
    const { pool } = poolOf(only);
    void pool.start();
    await settle();
    pool.reportFailure(only, new ProviderError('a', 'auth', 'invalid key'));
    expect(pool.choose()).toBeNull();
    expect(pool.reset('b')).toBe(false);
    expect(pool.reset('a')).toBe(true);
    expect(pool.choose()).toBe(only);
    await pool.stop();
  });

  it('takes an engine that throws or never answers for absent, and goes on with the others', async () => {
    const [broken, mute, good] = [engine('a', 'throws'), engine('b', 'hangs'), engine('c', works)];
    const { pool, pass } = poolOf(broken, mute, good);
    void pool.start();
    await settle();
    expect(pool.choose()).toBe(good);
    await pass(10_000);
    expect(pool.describe().map(({ available }) => available)).toEqual([false, false, true]);
    await pass(60_000);
    expect(mute.probeCount).toBe(2);
    expect(mute.mostProbesAtOnce).toBe(1);
    await pool.stop();
  });

  it('runs one round at a time', async () => {
    const slow = engine('a', 'hangs');
    const { pool, pass } = poolOf(slow);
    void pool.start();
    void pool.start();
    await pass(9_999);
    pool.reportFailure(slow, new ProviderError('a', 'transient', 'x'));
    expect([slow.probeCount, slow.probesRunning]).toEqual([1, 1]);
    await pool.stop();
  });

  it('ends a running round when stopped, and asks no more', async () => {
    const slow = engine('a', 'hangs');
    const { pool, pass } = poolOf(slow);
    void pool.start();
    await pool.stop();
    expect(slow.probesRunning).toBe(0);
    void pool.start();
    pool.reportFailure(slow, new ProviderError('a', 'transient', 'x'));
    await pass(600_000);
    expect(slow.probeCount).toBe(1);
  });
});
