import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { OpusDecoders } from '../../audio/index.ts';
import type { Clock, Log } from '../../base/index.ts';
import { startDecoderThread, type ThreadOptions } from './decoder-thread.ts';
import type { Parcel, StreamKey } from './parcel.ts';

/** A thread decodes some 40,000 packets a second: 20 ms packets of 800 devices. */
const maxThreads = 4;

/** Packets wait so long for those of other streams: a message to a thread costs more than decoding a few. */
const gatherMs = 10;

export interface OpusDecoderThreads extends OpusDecoders {
  /** Packets that could not be decoded and are silence. */
  failedPackets(): number;
  /** Ends the threads. Whatever is asked for rejects from then on. */
  dispose(): Promise<void>;
}

/** Decoders in worker threads: one for every two cores. A stream stays on its thread. */
export function opusDecoders(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly threadCount?: number;
  readonly spawn?: () => Worker;
}): OpusDecoderThreads {
  const { clock, log } = options;
  const threadCount =
    options.threadCount ?? Math.max(1, Math.min(maxThreads, availableParallelism() >> 1));
  const spawn =
    options.spawn ??
    (() =>
      // Flags of the process, such as a debugger's or a test runner's, are not for it.
      new Worker(new URL('./opus-worker.ts', import.meta.url), { name: 'opus', execArgv: [] }));
  let failedPackets = 0;
  let lastKey = 0;
  const queues = Array.from({ length: threadCount }, () =>
    createQueue({ spawn, clock, log }, (count) => {
      failedPackets += count;
    }),
  );

  return {
    failedPackets: () => failedPackets,

    open() {
      const key = (lastKey += 1);
      const queue = queues.reduce((least, each) =>
        each.streamCount() < least.streamCount() ? each : least,
      );
      queue.add(key);
      return {
        decode: (packets) => queue.decode(key, packets),
        close: () => queue.close(key),
      };
    },

    async dispose() {
      await Promise.all(queues.map((queue) => queue.dispose()));
    },
  };
}

/** What waits for one thread. */
interface Queue {
  streamCount(): number;
  add(key: StreamKey): void;
  decode(key: StreamKey, packets: readonly Uint8Array[]): Promise<Int16Array>;
  close(key: StreamKey): void;
  dispose(): Promise<void>;
}

interface Request {
  readonly key: StreamKey;
  readonly packets: readonly Uint8Array[];
  readonly answer: PromiseWithResolvers<Int16Array>;
}

function createQueue(
  options: Omit<ThreadOptions, 'onLost'>,
  onFailedPackets: (count: number) => void,
): Queue {
  const streams = new Set<StreamKey>();
  let requests: Request[] = [];
  let closed: StreamKey[] = [];
  let cancelGathering: (() => void) | null = null;
  const thread = startDecoderThread({
    ...options,
    // What waits would not follow what was lost, and its streams start anew.
    onLost() {
      closed = [];
      rejectAll(new Error('the Opus decoder ended'));
    },
  });

  function rejectAll(error: Error): void {
    const rejected = requests;
    requests = [];
    for (const { answer } of rejected) answer.reject(error);
    thread.keepAlive(false);
  }

  function gather(): void {
    if (thread.isFree()) cancelGathering ??= options.clock.after(gatherMs, send);
  }

  function send(): void {
    cancelGathering = null;
    if (!thread.isFree() || requests.length + closed.length === 0) return;
    const sent = requests;
    const parcel = parcelOf(sent, closed);
    requests = [];
    closed = [];
    void thread
      .decode(parcel)
      .then(({ sampleCounts, samples, failedPackets }) => {
        onFailedPackets(failedPackets);
        let at = 0;
        sent.forEach(({ answer }, index) => {
          answer.resolve(samples.subarray(at, (at += sampleCounts[index] ?? 0)));
        });
      })
      .catch((error: unknown) => {
        for (const { answer } of sent) answer.reject(error);
      })
      .finally(() => {
        if (requests.length === 0) thread.keepAlive(false);
        if (requests.length + closed.length > 0) gather();
      });
  }

  return {
    streamCount: () => streams.size,
    add: (key) => void streams.add(key),

    decode(key, packets) {
      if (!streams.has(key)) return Promise.reject(new Error('the Opus stream is closed'));
      if (!thread.isUp()) return Promise.reject(new Error('the Opus decoder is being restarted'));
      const answer = Promise.withResolvers<Int16Array>();
      requests.push({ key, packets, answer });
      thread.keepAlive(true);
      gather();
      return answer.promise;
    },

    close(key) {
      if (!streams.delete(key)) return;
      closed.push(key);
      gather();
    },

    async dispose() {
      streams.clear();
      cancelGathering?.();
      await thread.dispose();
      rejectAll(new Error('the Opus decoder was closed'));
    },
  };
}

function parcelOf(requests: readonly Request[], closed: readonly StreamKey[]): Parcel {
  const all = requests.flatMap(({ packets }) => packets);
  const lengths = Uint32Array.from(all, (packet) => packet.byteLength);
  const packets = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const packet of all) {
    packets.set(packet, at);
    at += packet.byteLength;
  }
  const parts = requests.map(({ key, packets: own }) => ({ key, packetCount: own.length }));
  return { closed, parts, lengths, packets };
}
