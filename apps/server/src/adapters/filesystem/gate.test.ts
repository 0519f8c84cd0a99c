import { describe, expect, it } from 'vitest';
import { createGate } from './gate.ts';

describe('the gate', () => {
  it('lets no more than its limit run at once, and everyone in turn', async () => {
    const gate = createGate(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, turn) =>
        gate(async () => {
          running += 1;
          most = Math.max(most, running);
          order.push(turn);
          await new Promise<void>((resolve) => void setImmediate(resolve));
          running -= 1;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual(Array.from({ length: 20 }, (_, turn) => turn));
  });

  it('is not blocked by a task that fails', async () => {
    const gate = createGate(1);
    const failing = gate(() => Promise.reject(new Error('EIO')));
    const next = gate(() => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('EIO');
    expect(await next).toBe('done');
  });
});
