import type { CaptureId } from '@friend-lite/contract';
import { AppError } from '../base/index.ts';
import { createLateRecording, type EarlierAttempt } from './late-recording.ts';
import {
  createOngoingCapture,
  type CaptureOrigin,
  type OngoingCaptureDeps,
} from './ongoing-capture.ts';
import type { Capture } from './ports.ts';
import { repairCaptures, type RecoveredCapture } from './repair.ts';
import type { PastSound, RecordingWriter } from './sound-frame.ts';
import type { CaptureEvent } from './taps.ts';

/** A recording that was asked for by its id. */
export type TakenUp =
  /** It ended before; nothing is to be added. */
  | { readonly kind: 'over' }
  /** What follows goes behind `recordedMs` of capture time, where an earlier attempt left off. */
  | { readonly kind: 'open'; readonly recordedMs: number; readonly writer: RecordingWriter };

/**
 * Captures of the past. They are recorded and told like any other, but belong to no connection: no device
 * shows as active for them, and no silence of the sender ends them.
 */
export interface Recordings {
  /** Begins what a device sends late, or goes on behind what it could send of it earlier. */
  addLate(sound: PastSound): RecordingWriter;
  /**
   * Begins the one with this id, or goes on with it: also after a kill, so that whoever gives the same
   * sound under the same id again leaves neither duplicate nor hole. `opened` is told each time.
   * Throws `not_ready` while another writer has it.
   */
  takeUp(id: CaptureId, sound: PastSound): Promise<TakenUp>;
  /**
   * After a restart: seals those that had ended, and ends those that came from a device. Those of a file wait to be
   * taken up.
   */
  resume(recovered: readonly RecoveredCapture[]): void;
  /** Takes no more sound; resolves when what was taken is written out. What is being ended, ends. */
  drain(): Promise<void>;
}

interface OpenRecording {
  readonly writer: RecordingWriter;
  /** Takes no more, and writes out what was taken. */
  close(): Promise<void>;
}

export function createRecordings(
  deps: OngoingCaptureDeps,
  emit: (event: CaptureEvent) => void,
): Recordings {
  const open = new Map<CaptureId, OpenRecording>();
  /** Being looked up, to be opened. */
  const reserved = new Set<CaptureId>();
  /** What devices send late, while it is found out what is recorded of it. */
  const beginning = new Set<Promise<void>>();
  /** Being written out by nobody's writer any more. */
  const ending = new Map<CaptureId, Promise<void>>();
  let isDraining = false;

  function record(capture: Capture, origin: CaptureOrigin): OpenRecording {
    let waiting: (() => void)[] = [];
    let failure: AppError | null = null;
    let settled: Promise<void> | null = null;
    let ended: Promise<CaptureId> | null = null;

    const ongoing = createOngoingCapture(capture, origin, deps, {
      onEvent: emit,
      onPressure: (isFull) => {
        if (!isFull) wake();
      },
      onDurable: () => undefined,
      onFailure: () => fail(new AppError('storage_unavailable')),
      onOver: () => undefined,
    });
    if (origin.type === 'recovered') ongoing.handOver();

    function wake(): void {
      const woken = waiting;
      waiting = [];
      for (const resolve of woken) resolve();
    }

    function fail(error: AppError): void {
      failure ??= error;
      wake();
    }

    function settle(): Promise<void> {
      settled ??= ongoing.settle().finally(() => open.delete(capture.id));
      return settled;
    }

    /** A file is taken up again under its id; what a device sends again goes behind it. */
    async function release(): Promise<void> {
      if (!settled && capture.origin === 'late') ongoing.end('lost');
      else if (!settled) ongoing.lose();
      await settle();
    }

    async function end(): Promise<CaptureId> {
      // Ended is final: not before it is sure that nothing is missing.
      await ongoing.written();
      if (!failure) {
        ongoing.end('stop');
        await settle();
      }
      if (failure) {
        await release();
        throw failure;
      }
      return capture.id;
    }

    return {
      writer: {
        get isFull() {
          return ongoing.isFull;
        },
        push: (frame) => failure === null && settled === null && ongoing.push(frame),
        async room() {
          while (ongoing.isFull && !failure) {
            await new Promise<void>((resolve) => waiting.push(resolve));
          }
          if (failure) throw failure;
        },
        end: () => (ended ??= end()),
        abort: release,
      },
      async close() {
        if (ended) {
          await ended.catch(() => undefined);
        } else {
          fail(new AppError('shutting_down'));
          await release();
        }
      },
    };
  }

  function begin(capture: Capture, origin: CaptureOrigin): RecordingWriter {
    const recording = record(capture, origin);
    open.set(capture.id, recording);
    return recording.writer;
  }

  const beginNew = (id: CaptureId, sound: PastSound): RecordingWriter =>
    begin(newCapture(id, sound), { type: 'new' });

  async function findEarlier(id: CaptureId, { userId }: PastSound): Promise<EarlierAttempt> {
    // By a connection of the device that is dead and does not know it yet.
    await open.get(id)?.close();
    await ending.get(id);
    const capture = await deps.store.find(userId, id);
    if (!capture) return { kind: 'none' };
    if (capture.endReason !== 'lost') return { kind: 'whole' };
    const last = (await deps.store.segments(userId, id)).at(-1);
    return { kind: 'cut-off', recordedMs: last ? last.startMs + last.durationMs : 0 };
  }

  async function takeUpReserved(id: CaptureId, sound: PastSound): Promise<TakenUp> {
    const capture = await deps.store.find(sound.userId, id);
    if (capture?.endReason) return { kind: 'over' };
    const recovered = capture ? await repair(capture) : null;
    if (isDraining) throw new AppError('shutting_down');
    if (!recovered) {
      return { kind: 'open', recordedMs: 0, writer: beginNew(id, sound) };
    }
    const { capture: known, ...from } = recovered;
    // Whoever missed it the first time, because the process died in between, hears of it now.
    emit({ type: 'opened', capture: known });
    const writer = begin(known, { type: 'recovered', ...from });
    return { kind: 'open', recordedMs: recovered.endMs, writer };
  }

  async function repair(capture: Capture): Promise<RecoveredCapture> {
    const [recovered] = await repairCaptures({
      store: { ...deps.store, listUnsealed: async () => [capture] },
      files: deps.files,
      log: deps.log,
    });
    if (!recovered) throw new AppError('storage_unavailable');
    return recovered;
  }

  function noteEnding(id: CaptureId, settled: Promise<void>): void {
    ending.set(
      id,
      settled.finally(() => ending.delete(id)),
    );
  }

  /** Ends one that nobody writes any more. */
  function finish({ capture, ...from }: RecoveredCapture): void {
    const ongoing = createOngoingCapture(capture, { type: 'recovered', ...from }, deps, {
      onEvent: emit,
      onPressure: () => undefined,
      onDurable: () => undefined,
      onFailure: () => undefined,
      onOver: () => undefined,
    });
    ongoing.end('lost');
    noteEnding(capture.id, ongoing.settle());
  }

  return {
    addLate(sound) {
      if (isDraining) throw new AppError('shutting_down');
      const { writer, begun } = createLateRecording(sound, { findEarlier, begin: beginNew });
      const noted = begun.finally(() => beginning.delete(noted));
      beginning.add(noted);
      return writer;
    },

    async takeUp(id, sound) {
      if (open.has(id) || reserved.has(id)) throw new AppError('not_ready');
      reserved.add(id);
      try {
        return await takeUpReserved(id, sound);
      } finally {
        reserved.delete(id);
      }
    },

    resume(recovered) {
      for (const each of recovered) {
        if (each.capture.endReason || each.capture.origin === 'late') finish(each);
      }
    },

    async drain() {
      isDraining = true;
      await Promise.all(beginning);
      for (const [id, recording] of open) noteEnding(id, recording.close());
      await Promise.all(ending.values());
    },
  };
}

function newCapture(id: CaptureId, sound: PastSound): Capture {
  return { id, ...sound, state: 'live', awaySince: null, endedAt: null, endReason: null };
}
