import { opusPacketDurationMs } from '../audio/index.ts';
import { unreachable, type Clock, type Log } from '../base/index.ts';
import {
  lifeFields,
  reduceLife,
  type CaptureLife,
  type LifeEffect,
  type LifeEvent,
} from './lifecycle.ts';
import type { Capture, CaptureEndReason, CaptureStore, SegmentFiles } from './ports.ts';
import { createRecorder, type RecordedSound } from './recorder.ts';
import { createSaver } from './saver.ts';
import type { WritePosition } from './segment-writer.ts';
import type { SoundFrame } from './sound-frame.ts';
import type { CaptureEvent } from './taps.ts';

/** A device that stays connected and sends nothing for longer was not recording: time goes on without it. */
const idleMs = 60_000;

export interface OngoingCaptureDeps {
  readonly store: CaptureStore;
  readonly files: SegmentFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a lost device may stay away before its capture ends, ms. */
  readonly reconnectGraceMs: number;
}

export interface OngoingCaptureListener {
  onEvent(event: CaptureEvent): void;
  /** The disk fell behind (true) or caught up (false): the sender should pause, or go on. */
  onPressure(isFull: boolean): void;
  /** Every frame up to `seq` is on disk for good. */
  onDurable(seq: number): void;
  /** Sound can no longer be stored. */
  onFailure(): void;
  /** No sound is taken any more; what was taken is being written out. */
  onOver(): void;
}

/** A capture that is live, away, or writing out its last sound: its state, its recorder and its timers. */
export interface OngoingCapture {
  readonly capture: Capture;
  readonly isFull: boolean;
  /** Highest `seq` taken, and highest on disk for good (fdatasync); 0 while there is none. */
  readonly takenSeq: number;
  readonly durableSeq: number;
  /** Takes the device's next frame. False: the disk is too far behind, nothing was taken. */
  push(frame: SoundFrame): boolean;
  /** Another socket of the device feeds it from now on; calls it back when it was away. */
  handOver(): void;
  /** The device was lost. */
  lose(): void;
  /** Ends it for good. */
  end(reason: CaptureEndReason): void;
  /** Resolves when everything taken so far is in the file, or was dropped by a failure. Never rejects. */
  written(): Promise<void>;
  /** Takes no more sound and resolves when everything is written, completed and saved. Never rejects. */
  settle(): Promise<void>;
}

/** Where a capture comes from: made now, or taken up again after a restart. */
export type CaptureOrigin =
  { readonly type: 'new' } | ({ readonly type: 'recovered' } & WritePosition);

const startOfCapture: WritePosition = { endMs: 0, nextIndex: 0, lastSeq: null };
/** What a packet that cannot be read is taken to have held, until one could be. */
const usualPacketMs = 20;

export function createOngoingCapture(
  first: Capture,
  origin: CaptureOrigin,
  deps: OngoingCaptureDeps,
  listener: OngoingCaptureListener,
): OngoingCapture {
  const { store, clock, log } = deps;
  let life: CaptureLife = first.endReason
    ? { state: 'ended', at: first.endedAt ?? clock.now(), reason: first.endReason }
    : { state: 'live' };
  let capture = first;
  let endMs = 0;
  let isStored = origin.type === 'recovered';
  let cancelGrace: (() => void) | null = null;
  let finishing: Promise<void> | null = null;
  /** Whether the next sound may come after time nobody recorded. */
  let mayHaveGap = origin.type === 'recovered';
  let lastSoundAt = clock.monotonic();
  /**
   * How far the sound has been ahead of the clock at most: its first frame came so late, or brought with it what was
   * recorded before. The time of a gap is measured on the device's own time, which began so much earlier.
   */
  let leadMs = 0;

  const from = origin.type === 'recovered' ? origin : startOfCapture;
  let takenSeq = from.lastSeq ?? 0;
  let durableSeq = takenSeq;
  let packetMs = usualPacketMs;
  /** Sound in packets that could not be read, since the last one that could. */
  let unreadableMs = 0;
  let isUnreadableTold = false;

  const added = origin.type === 'recovered' ? Promise.resolve() : add();
  // The recorder reports its failure; without sound nobody else would hear of it.
  added.catch(() => undefined);
  const recorder = createRecorder(first, added, from, deps, {
    onSound: (sound) => emit(soundEvent(capture, sound)),
    onDurable(seq) {
      durableSeq = Math.max(durableSeq, seq);
      listener.onDurable(seq);
    },
    onGap: (gap) => emit({ type: 'gap', capture, ...gap }),
    onPressure: (isFull) => listener.onPressure(isFull),
    onFailure(error) {
      log.error('sound could not be stored', error, { captureId: first.id });
      listener.onFailure();
    },
  });
  const saver = createSaver<CaptureLife>(
    async (state) => {
      await added;
      await store.update(first.id, lifeFields(state));
    },
    log,
    'capture state',
  );

  async function add(): Promise<void> {
    await store.add(first);
    isStored = true;
    emit({ type: 'opened', capture });
  }

  function emit(event: CaptureEvent): void {
    if (isStored) listener.onEvent(event);
  }

  function handle(event: LifeEvent): void {
    const step = reduceLife(life, event);
    if (step.life !== life) {
      life = step.life;
      capture = { ...capture, ...lifeFields(life) };
    }
    for (const effect of step.effects) perform(effect);
    if (step.effects.length > 0) saver.save(life);
  }

  function perform(effect: LifeEffect): void {
    switch (effect) {
      case 'start-grace':
        cancelGrace = clock.after(deps.reconnectGraceMs, () => handle({ type: 'grace-over' }));
        return;
      case 'cancel-grace':
        cancelGrace?.();
        cancelGrace = null;
        return;
      case 'cut-recording':
        recorder.cut();
        return;
      case 'finish-recording':
        finishing = finish();
        listener.onOver();
        return;
      case 'announce-away':
      case 'announce-back': {
        // In its place among the sound, which is told only once it is written.
        const told = capture;
        const type = effect === 'announce-away' ? 'away' : 'back';
        recorder.afterwards(() => emit({ type, capture: told }));
        return;
      }
      case 'announce-ended':
        if (capture.endReason) emit({ type: 'ended', capture, endMs, reason: capture.endReason });
        return;
      default:
        unreachable(effect);
    }
  }

  async function finish(): Promise<void> {
    const written = await recorder.finish();
    endMs = written.endMs;
    handle({ type: 'written', isWhole: written.isWhole });
    await saver.settled();
  }

  if (origin.type === 'recovered') {
    if (life.state === 'ended') {
      finishing = finish();
    } else {
      // Whatever cut it off, the device gets the full grace from now.
      handle({ type: 'lost', at: first.awaySince ?? first.startedAt + origin.endMs });
    }
  }

  return {
    get capture() {
      return capture;
    },
    get isFull() {
      return recorder.isFull;
    },
    get takenSeq() {
      return takenSeq;
    },
    get durableSeq() {
      return durableSeq;
    },
    push(frame) {
      const now = clock.monotonic();
      // A device that stays connected but sends nothing for long was not recording: time goes on. So it
      // did for one that was away, unless its next frame says that none is missing: then it was late.
      const isNext = takenSeq > 0 && frame.seq === takenSeq + 1;
      const wasIdle = !mayHaveGap && now - lastSoundAt > idleMs;
      const hasGap = wasIdle || (mayHaveGap && !isNext);
      // Sound of the past comes at its own pace, and says itself what it lacks.
      const isLive = first.origin === 'live';
      const sinceStartMs = clock.now() - first.startedAt;
      if (isLive && hasGap) recorder.skipTo(sinceStartMs + leadMs);
      const lostBeforeMs = isLive && hasGap ? 0 : frame.lostBeforeMs + unreadableMs;

      const startMs = recorder.takenMs;
      const outcome = recorder.push({ ...frame, lostBeforeMs });
      if (outcome === 'no-room') return false;
      mayHaveGap = false;
      lastSoundAt = now;
      takenSeq = frame.seq ?? takenSeq;
      leadMs = Math.max(leadMs, startMs - sinceStartMs);
      if (outcome === 'unreadable') {
        if (!isUnreadableTold) log.warn('packets cannot be read', { captureId: first.id });
        isUnreadableTold = true;
        unreadableMs = lostBeforeMs + packetMs;
      } else {
        if (first.format.encoding === 'opus')
          packetMs = opusPacketDurationMs(frame.bytes) ?? packetMs;
        unreadableMs = 0;
      }
      return true;
    },
    handOver() {
      mayHaveGap = true;
      handle({ type: 'returned' });
    },
    lose: () => handle({ type: 'lost', at: clock.now() }),
    end: (reason) => handle({ type: 'end', at: clock.now(), reason }),
    written: () =>
      new Promise((resolve) => {
        recorder.afterwards(resolve);
      }),
    async settle() {
      cancelGrace?.();
      finishing ??= finish();
      await finishing;
      await saver.settled();
    },
  };
}

function soundEvent(capture: Capture, { startMs, endMs, chunks }: RecordedSound): CaptureEvent {
  if (capture.format.encoding === 'opus') {
    return { type: 'packets', capture, startMs, endMs, packets: chunks };
  }
  const [pcm = new Uint8Array()] = chunks;
  return { type: 'sound', capture, startMs, pcm };
}
