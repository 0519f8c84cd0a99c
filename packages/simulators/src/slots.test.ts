import { describe, expect, it } from 'vitest';
import { slots } from './slots.ts';

describe('slots', () => {
  it('run so many tasks at once and no more, in the order in which they came', async () => {
    const takeTurn = slots(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      [0, 1, 2, 3, 4].map((task) =>
        takeTurn(async () => {
          started.push(task);
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        }),
      ),
    );
    expect(started).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
  });

  it("give a failed task's turn to the next", async () => {
    const takeTurn = slots(1);
    await expect(takeTurn(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await takeTurn(async () => 'next')).toBe('next');
  });
});
