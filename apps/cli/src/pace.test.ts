import { describe, expect, it } from 'vitest';
import { pace, type PaceClock } from './pace.ts';

const bytesPerSecond = 32_000;
const frameMs = 20;

/** Sleeping takes the time asked for and some more; nothing else takes any, unless `spend` is called. */
function lateClock(lateMs = 0): PaceClock & { spend(ms: number): void } {
  let nowMs = 1000;
  return {
    now: () => nowMs,
    spend: (ms) => (nowMs += ms),
    sleep: async (ms) => {
      nowMs += ms + lateMs;
    },
  };
}

async function* frames(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield new Uint8Array(640);
}

async function run(
  count: number,
  speed: number,
  clock: PaceClock,
  onSend?: (index: number) => void,
) {
  const moments: number[] = [];
  const startedAt = clock.now();
  const sentMs = await pace(frames(count), {
    bytesPerSecond,
    speed,
    clock,
    signal: new AbortController().signal,
    send: async () => {
      moments.push(clock.now() - startedAt);
      onSend?.(moments.length - 1);
    },
  });
  return { moments, sentMs, totalMs: clock.now() - startedAt };
}

describe('the pace', () => {
  it('is that of the sound, to its end', async () => {
    expect(await run(3, 1, lateClock())).toEqual({
      moments: [0, 20, 40],
      sentMs: 60,
      totalMs: 60,
    });
  });

  it('is a multiple of it at another speed', async () => {
    expect((await run(3, 8, lateClock())).moments).toEqual([0, 2.5, 5]);
    expect((await run(3, 0.5, lateClock())).moments).toEqual([0, 40, 80]);
  });

  it('does not drift when timers are late', async () => {
    const { moments } = await run(500, 1, lateClock(7));
    moments.forEach((moment, index) => {
      expect(moment - index * frameMs).toBeGreaterThanOrEqual(0);
      expect(moment - index * frameMs).toBeLessThanOrEqual(7);
    });
  });

  it('catches up after a stall', async () => {
    const clock = lateClock();
    const { moments } = await run(6, 1, clock, (index) => {
      if (index === 1) clock.spend(50);
    });
    expect(moments).toEqual([0, 20, 70, 70, 80, 100]);
  });

  it('ends after the frame in hand when it is stopped', async () => {
    const stop = new AbortController();
    let sent = 0;
    const sentMs = await pace(frames(100), {
      bytesPerSecond,
      speed: 1,
      clock: lateClock(),
      signal: stop.signal,
      send: async () => {
        sent += 1;
        if (sent === 3) stop.abort();
      },
    });
    expect([sent, sentMs]).toEqual([3, 60]);
  });
});
