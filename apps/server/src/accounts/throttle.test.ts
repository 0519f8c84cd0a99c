import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { createThrottle, type Throttle } from './throttle.ts';

const key = ['10.0.0.1', 'ada@example.com'];
const fail = async () => null;
const succeed = async () => 'in';

async function failTimes(throttle: Throttle, times: number): Promise<void> {
  for (let index = 0; index < times; index++) await throttle.attempt(key, fail);
}

describe('throttle', () => {
  it('lets five failures pass and then shuts, longer each time', async () => {
    const clock = fakeClock();
    const throttle = createThrottle(clock);
    await failTimes(throttle, 5);

    for (const seconds of [1, 2, 4, 8]) {
      await expect(throttle.attempt(key, succeed)).rejects.toMatchObject({
        code: 'too_many_requests',
        params: { seconds },
      });
      clock.advance(seconds * 1000);
      await throttle.attempt(key, fail);
    }
  });

  it('never shuts for more than a quarter of an hour', async () => {
    const clock = fakeClock();
    const throttle = createThrottle(clock);
    await failTimes(throttle, 5);
    for (let index = 0; index < 20; index++) {
      // Just before the failures would be forgotten.
      clock.advance(15 * 60_000 - 1);
      await throttle.attempt(key, fail).catch(() => undefined);
    }

    await expect(throttle.attempt(key, succeed)).rejects.toMatchObject({
      params: { seconds: expect.toSatisfy((seconds: number) => seconds <= 900) as unknown },
    });
  });

  it('forgets after a success, and after a quarter of an hour of quiet', async () => {
    const clock = fakeClock();
    const throttle = createThrottle(clock);

    await failTimes(throttle, 4);
    expect(await throttle.attempt(key, succeed)).toBe('in');
    await failTimes(throttle, 5);
    clock.advance(15 * 60_000);
    await failTimes(throttle, 4);

    expect(await throttle.attempt(key, succeed)).toBe('in');
  });

  it('holds nobody else back', async () => {
    const throttle = createThrottle(fakeClock());
    await failTimes(throttle, 5);

    expect(await throttle.attempt(['10.0.0.1', 'bob@example.com'], succeed)).toBe('in');
    expect(await throttle.attempt(['10.0.0.2', 'ada@example.com'], succeed)).toBe('in');
  });

  it('lets only ten guesses run side by side', async () => {
    const throttle = createThrottle(fakeClock());
    let started = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));

    const attempts = Array.from({ length: 30 }, () =>
      throttle.attempt(key, async () => {
        started += 1;
        await released;
        return null;
      }),
    );
    release();
    const results = await Promise.allSettled(attempts);

    expect(started).toBe(10);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(20);
  });

  it('counts an attempt that broke as neither success nor failure', async () => {
    const throttle = createThrottle(fakeClock());
    await failTimes(throttle, 4);
    const breakDown = () => throttle.attempt(key, () => Promise.reject(new Error('no database')));

    await expect(breakDown()).rejects.toThrow('no database');
    await expect(breakDown()).rejects.toThrow('no database');

    expect(await throttle.attempt(key, succeed)).toBe('in');
  });

  it('keeps no more keys than it may, dropping the one longest unused', async () => {
    const throttle = createThrottle(fakeClock());
    await failTimes(throttle, 5);
    for (let index = 0; index < 10_000; index++) {
      await throttle.attempt(['10.0.0.9', `user-${index}`], fail);
    }

    expect(await throttle.attempt(key, succeed)).toBe('in');
  });
});
