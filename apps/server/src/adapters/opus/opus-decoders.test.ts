import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog, systemClock } from '../../base/index.ts';
import { opusDecoders, type OpusDecoderThreads } from './opus-decoders.ts';

const lost = Uint8Array.of(23 << 3);
const samplesOf = (packets: number) => packets * 320;

/** Threads that run the real worker; each can be ended from outside. */
function setUp(threadCount = 1) {
  const workers: Worker[] = [];
  const decoders = opusDecoders({
    clock: systemClock,
    log: silentLog,
    threadCount,
    spawn() {
      const worker = new Worker(new URL('./opus-worker.ts', import.meta.url), { execArgv: [] });
      workers.push(worker);
      return worker;
    },
  });
  opened.push(decoders);
  return { decoders, workers };
}

const opened: OpusDecoderThreads[] = [];
afterEach(async () => {
  for (const decoders of opened.splice(0)) await decoders.dispose();
});

describe('decoders in threads', () => {
  it('answer many streams, each in order', async () => {
    const { decoders } = setUp(2);
    const streams = Array.from({ length: 20 }, () => decoders.open());
    const order: string[] = [];
    await Promise.all(
      streams.flatMap((stream, index) =>
        [1, 2, 3].map(async (count) => {
          const samples = await stream.decode(Array.from({ length: count }, () => lost));
          expect(samples).toHaveLength(samplesOf(count));
          order.push(`${index}/${count}`);
        }),
      ),
    );
    for (const [index] of streams.entries()) {
      const own = order.filter((each) => each.startsWith(`${index}/`));
      expect(own).toEqual([1, 2, 3].map((count) => `${index}/${count}`));
    }
  });

  it('take no more for a stream that was closed', async () => {
    const { decoders } = setUp();
    const stream = decoders.open();
    const before = stream.decode([lost]);
    stream.close();
    stream.close();
    expect(await before).toHaveLength(320);
    await expect(stream.decode([lost])).rejects.toThrow('closed');
  });

  it('tell those who wait when the thread dies, and start anew', async () => {
    const { decoders, workers } = setUp();
    const stream = decoders.open();
    await stream.decode([lost]);
    const waiting = expect(stream.decode([lost])).rejects.toThrow('Opus decoder');
    await workers[0]?.terminate();
    await waiting;
    await vi.waitFor(async () => expect(await stream.decode([lost])).toHaveLength(320), {
      timeout: 5000,
    });
    expect(workers).toHaveLength(2);
  });

  it('count what cannot be decoded, and write nothing about it', async () => {
    const { decoders } = setUp();
    const stream = decoders.open();
    // Valid framing, twelve frames of 10 ms, and longer than the decoder takes.
    const packet = new Uint8Array(2 + 12 * 1000);
    packet.set([(22 << 3) | 3, 12]);
    const samples = await stream.decode([packet, packet, lost]);
    expect(samples).toEqual(new Int16Array(2 * 1920 + 320));
    expect(decoders.failedPackets()).toBe(2);
  });

  it('reject what is asked for once they are disposed', async () => {
    const { decoders } = setUp();
    const stream = decoders.open();
    await decoders.dispose();
    await expect(stream.decode([lost])).rejects.toThrow();
  });
});
