/** What waits to be handed to the worker for one stream: sound, and marks that ask to be told when all before them was heard. */
export interface Outbox {
  isEmpty(): boolean;
  /** Keeps a copy: the caller may use its buffer again. */
  add(samples: Int16Array): void;
  /** Resolves when the worker has heard everything added before. */
  addFlush(): Promise<void>;
  /** Takes up to `maxSamples` off the front, and no sound from behind a flush. */
  take(maxSamples: number): Taken;
  /** Drops everything; waiting flushes reject with `reason`. */
  abandon(reason: Error): void;
}

export interface Taken {
  readonly chunks: readonly Int16Array[];
  readonly sampleCount: number;
  /** To be settled when the sound was heard; not empty when the stretch ends with it. */
  readonly flushed: readonly FlushMark[];
}

/** Settles a flush. */
export interface FlushMark {
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

type Item =
  | { readonly kind: 'sound'; readonly samples: Int16Array }
  | { readonly kind: 'flush'; readonly mark: FlushMark };

export function createOutbox(): Outbox {
  let items: Item[] = [];

  return {
    isEmpty: () => items.length === 0,

    add(samples) {
      if (samples.length > 0) items.push({ kind: 'sound', samples: samples.slice() });
    },

    addFlush() {
      return new Promise((done, failed) => {
        items.push({ kind: 'flush', mark: { done, failed } });
      });
    },

    take(maxSamples) {
      const chunks: Int16Array[] = [];
      const flushed: FlushMark[] = [];
      let sampleCount = 0;
      let used = 0;
      for (const item of items) {
        if (item.kind === 'flush') {
          flushed.push(item.mark);
        } else {
          const room = maxSamples - sampleCount;
          if (flushed.length > 0 || room === 0) break;
          const samples = item.samples.subarray(0, room);
          chunks.push(samples);
          sampleCount += samples.length;
          if (samples.length < item.samples.length) {
            items[used] = { kind: 'sound', samples: item.samples.subarray(room) };
            break;
          }
        }
        used += 1;
      }
      items = items.slice(used);
      return { chunks, sampleCount, flushed };
    },

    abandon(reason) {
      for (const item of items) if (item.kind === 'flush') item.mark.failed(reason);
      items = [];
    },
  };
}
