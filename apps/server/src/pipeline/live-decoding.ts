import type { OpusDecoders } from '../audio/index.ts';
import type { Ear } from './ear.ts';

/** Decodes what an Opus capture records, and gives it to its ear in order. */
export interface LiveDecoding {
  /** Packets that are on disk now, [startMs, endMs) of the capture. */
  hear(startMs: number, endMs: number, packets: readonly Uint8Array[]): void;
  /** Runs `task` once the ear has all sound from before. */
  afterwards(task: () => void): void;
  /** Resolves when the ear has all sound given by now. */
  settled(): Promise<void>;
  close(): void;
}

/** Sound that waits for its decoder. Overflow policy: it is not decoded, and the ear reads it from disk later. */
const maxPendingMs = 2_000;

export function startLiveDecoding(
  decoders: OpusDecoders,
  ear: Pick<Ear, 'hear' | 'fallBehind'>,
): LiveDecoding {
  let stream = decoders.open();
  let pendingMs = 0;
  let tail: Promise<void> = Promise.resolve();

  async function decode(
    durationMs: number,
    packets: readonly Uint8Array[],
  ): Promise<Int16Array | null> {
    pendingMs += durationMs;
    try {
      return await stream.decode(packets);
    } catch {
      // The decoder died or is being started again, which is logged where it is.
      return null;
    } finally {
      pendingMs -= durationMs;
    }
  }

  /** What comes next does not follow what was decoded last. */
  function startAnew(): null {
    stream.close();
    stream = decoders.open();
    return null;
  }

  return {
    hear(startMs, endMs, packets) {
      const durationMs = endMs - startMs;
      const isFull = pendingMs > 0 && pendingMs + durationMs > maxPendingMs;
      const decoded = isFull ? Promise.resolve(startAnew()) : decode(durationMs, packets);
      tail = Promise.all([decoded, tail]).then(([samples]) => {
        if (samples) ear.hear(startMs, samples);
        else ear.fallBehind(endMs);
      });
    },
    afterwards(task) {
      tail = tail.then(task);
    },
    settled: () => tail,
    close: () => stream.close(),
  };
}
