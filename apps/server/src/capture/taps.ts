import type { Log } from '../base/index.ts';
import type { Capture, CaptureEndReason, Gap } from './ports.ts';

/**
 * What capture tells whoever listens, in the order in which it happened to each capture; a device's next
 * capture may open before the end of its former one is told. Sound, `sound` of PCM and `packets` of Opus,
 * is told only after it is in the file. Times are capture time.
 */
export type CaptureEvent =
  /** Told again of a recording of the past that is gone on with. */
  | { readonly type: 'opened'; readonly capture: Capture }
  /** `pcm` is the listener's to keep and aligned for 16-bit views; nobody writes to it. */
  | {
      readonly type: 'sound';
      readonly capture: Capture;
      readonly startMs: number;
      readonly pcm: Uint8Array;
    }
  /** Opus as it arrived; a packet of one byte stands for one that was lost. */
  | {
      readonly type: 'packets';
      readonly capture: Capture;
      readonly startMs: number;
      readonly endMs: number;
      readonly packets: readonly Uint8Array[];
    }
  | ({ readonly type: 'gap'; readonly capture: Capture } & Gap)
  | { readonly type: 'away'; readonly capture: Capture }
  | { readonly type: 'back'; readonly capture: Capture }
  /** Told at least once: again after a restart, for a capture that had not been sealed. */
  | {
      readonly type: 'ended';
      readonly capture: Capture;
      readonly endMs: number;
      readonly reason: CaptureEndReason;
    };

/** Must be cheap and must not wait: it runs on capture's own time. What it throws is logged, no more. */
export type CaptureListener = (event: CaptureEvent) => void;

export interface Taps {
  /** Adds a listener; returns a function that removes it. */
  readonly tap: (listener: CaptureListener) => () => void;
  readonly emit: (event: CaptureEvent) => void;
}

export function createTaps(log: Log): Taps {
  const listeners = new Set<CaptureListener>();
  const onFault = (error: unknown, event: CaptureEvent) =>
    log.error('capture listener failed', error, { event: event.type, captureId: event.capture.id });

  return {
    tap(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event) {
      for (const listener of listeners) {
        try {
          // An async function fits the type too; its failure must not become the process's.
          const call: (event: CaptureEvent) => unknown = listener;
          const outcome = call(event);
          if (outcome instanceof Promise) outcome.catch((error: unknown) => onFault(error, event));
        } catch (error) {
          onFault(error, event);
        }
      }
    },
  };
}
