import { describe, expect, it } from 'vitest';
import { fakeClock } from './fake-clock.ts';
import { createHoldOff } from './hold-off.ts';

const never = new AbortController().signal;

/** How long the next request has to wait, ms; with the headers of a refusal just before. */
async function heldMs(headers: Readonly<Record<string, string>>): Promise<number> {
  const clock = fakeClock(Date.parse('2026-05-01T12:00:00Z'));
  const holdOff = createHoldOff(clock, 30_000);
  holdOff.heed(new Headers(headers));
  const waiting = holdOff.wait(never).then(() => 'over');
  for (let waitedMs = 0; ; waitedMs += 500) {
    const turn = new Promise((resolve) => setImmediate(resolve));
    if ((await Promise.race([waiting, turn])) === 'over') return waitedMs;
    clock.advance(500);
  }
}

describe('holding off', () => {
  it.each([
    [{}, 0],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after-ms': '1500', 'retry-after': '2' }, 1500],
    [{ 'retry-after': 'Fri, 01 May 2026 12:00:05 GMT' }, 5000],
    [{ 'retry-after': 'Fri, 01 May 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '86400' }, 30_000],
    [{ 'retry-after': 'soon' }, 0],
    [{ 'retry-after': '-5' }, 0],
  ])('keeps to %j', async (headers, expectedMs) => {
    expect(await heldMs(headers)).toBe(expectedMs);
  });

  it('ends when told to stop, with the reason', async () => {
    const holdOff = createHoldOff(fakeClock(), 30_000);
    holdOff.heed(new Headers({ 'retry-after': '10' }));
    const stop = new AbortController();
    const waiting = holdOff.wait(stop.signal);
    stop.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    expect(() => holdOff.wait(stop.signal)).toThrow('shutting down');
  });
});
