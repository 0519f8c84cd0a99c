import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutbox } from './outbox.ts';

describe('outbox', () => {
  it('hands out all sound once and in order, and each flush with the sound before it and none behind', async () => {
    const steps = fc.array(fc.oneof(fc.constant('flush' as const), fc.nat(50)), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 60 }), async (list, maxSamples) => {
        const outbox = createOutbox();
        const flushedAt: number[] = [];
        const expectedAt: number[] = [];
        let [added, taken] = [0, 0];
        for (const step of list) {
          if (step === 'flush') {
            expectedAt.push(added);
            void outbox.addFlush().then(() => flushedAt.push(taken));
          } else {
            outbox.add(Int16Array.from({ length: step }, (_, i) => added + i));
            added += step;
          }
        }
        while (!outbox.isEmpty()) {
          const { chunks, sampleCount, flushed } = outbox.take(maxSamples);
          expect(sampleCount).toBeLessThanOrEqual(maxSamples);
          for (const sample of chunks.flatMap((chunk) => [...chunk])) expect(sample).toBe(taken++);
          for (const mark of flushed) mark.done();
          await Promise.resolve();
        }
        expect(taken).toBe(added);
        expect(flushedAt).toEqual(expectedAt);
      }),
    );
  });

  it('fails waiting flushes when it is abandoned', async () => {
    const outbox = createOutbox();
    outbox.add(new Int16Array(10));
    const flushed = outbox.addFlush();
    outbox.abandon(new Error('gone'));
    await expect(flushed).rejects.toThrow('gone');
    expect(outbox.isEmpty()).toBe(true);
  });
});
