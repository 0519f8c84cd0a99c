import { maxSocketMessageBytes } from '@friend-lite/contract';
import { byteOffset, speechFormat } from '../audio/index.ts';
import { unreachable } from '../base/index.ts';
import type { Capture, Gap } from './ports.ts';
import { frameSound, splitSound, type FrameSound } from './frame-sound.ts';
import {
  createSegmentWriter,
  type SegmentWriterDeps,
  type WritePosition,
} from './segment-writer.ts';
import type { SoundFrame } from './sound-frame.ts';

/**
 * How long a frame waits for company before it is written. Two 20 ms frames share one write; at 1,000
 * streams that halves the cost of writing each frame at once, and p99 frame-to-disk stays under 50 ms
 * (figures: README of this folder).
 */
const coalesceMs = 25;

/** Pending sound from which on the sender is asked to pause, and down to which before it may go on. */
const pauseAtMs = 5_000;
const resumeAtMs = 2_500;

/**
 * Pending bytes beyond the pause, for messages that the transport had already read when it was paused.
 * Overflow policy: refuse the newest and let the caller close the socket.
 */
const overrunBytes = 2 * maxSocketMessageBytes;
const maxPendingBytes = byteOffset(speechFormat, pauseAtMs) + overrunBytes;
/** The same for sound that takes few bytes, so that the number of frames is bounded, too. */
const maxPendingMs = 120_000;

/** Sound in capture time. `chunks`: one stretch of PCM, aligned for 16-bit views; or Opus packets. */
export interface RecordedSound {
  readonly startMs: number;
  readonly endMs: number;
  readonly chunks: readonly Uint8Array[];
}

export interface RecorderListener {
  /** The sound, one stretch of PCM or a row of Opus packets, is in the file. */
  onSound(sound: RecordedSound): void;
  /** Every frame up to `seq` is on disk for good. */
  onDurable(seq: number): void;
  /** Nobody recorded this stretch; sound follows. */
  onGap(gap: Gap): void;
  /** Pending sound went over its bound (true), or is well under it again (false). */
  onPressure(isFull: boolean): void;
  /** The disk or the records failed, told once. What is durable stays; everything pending is dropped. */
  onFailure(error: unknown): void;
}

/** Makes one capture's sound durable, in order, with one write in flight. All calls return at once. */
export interface Recorder {
  readonly isFull: boolean;
  /** The end of what was taken, ms of capture time. */
  readonly takenMs: number;
  /**
   * Takes a frame that follows what was taken before. `no-room` and `unreadable`, an Opus packet that is
   * none: nothing was taken.
   */
  push(frame: SoundFrame): 'taken' | 'no-room' | 'unreadable';
  /** Completes the open segment once what was taken is written. */
  cut(): void;
  /** What is taken next starts at `ms` of capture time, or at the end of the sound if that is later. */
  skipTo(ms: number): void;
  /** Runs `task` when everything taken so far has been written and told, or dropped by a failure. */
  afterwards(task: () => void): void;
  /**
   * Writes out what was taken and completes every segment; afterwards nothing more is taken.
   * Never rejects. `isWhole`: every segment was completed.
   */
  finish(): Promise<{ readonly endMs: number; readonly isWhole: boolean }>;
}

type Step =
  | { readonly type: 'sound'; readonly sound: FrameSound }
  | { readonly type: 'cut' }
  | { readonly type: 'skip'; readonly toMs: number }
  | { readonly type: 'leave-out'; readonly ms: number }
  | { readonly type: 'afterwards'; readonly task: () => void };

/**
 * Nothing is written before `added` resolves (the capture's record is stored); its rejection is a failure.
 * `from`: where a capture that is continued left off.
 */
export function createRecorder(
  capture: Capture,
  added: Promise<void>,
  from: WritePosition,
  deps: SegmentWriterDeps,
  listener: RecorderListener,
): Recorder {
  const { format } = capture;
  const writer = createSegmentWriter(capture, from, deps, {
    onFault: fail,
    onDurable: (seq) => listener.onDurable(seq),
  });

  let steps: Step[] = [];
  let pendingBytes = 0;
  let pendingMs = 0;
  let isFull = false;
  let isFailed = false;
  let isFinished = false;
  let isWorking = false;
  let isAdded = false;
  let cancelTimer: (() => void) | null = null;
  /** When the first of the steps that wait came, monotonic. */
  let waitingSince = 0;
  /** The end of the sound as told to listeners; a gap is told when sound follows it. */
  let toldMs = from.endMs;
  let takenMs = from.endMs;

  function take(step: Step, mayWait: boolean): void {
    if (steps.length === 0) waitingSince = deps.clock.monotonic();
    steps.push(step);
    if (isWorking) return;
    if (mayWait) waitForCompany();
    else start();
  }

  /** Counted from the first that waits: a write that took long must not make those behind it wait twice. */
  function waitForCompany(): void {
    const waitedMs = deps.clock.monotonic() - waitingSince;
    cancelTimer ??= deps.clock.after(Math.max(0, coalesceMs - waitedMs), start);
  }

  function start(): void {
    cancelTimer?.();
    cancelTimer = null;
    isWorking = true;
    void work().catch(fail).finally(next);
  }

  /** What came meanwhile: sound waits for company again, anything else goes on at once. */
  function next(): void {
    isWorking = false;
    if (steps.length === 0) return;
    if (steps.every(({ type }) => type === 'sound' || type === 'skip' || type === 'leave-out')) {
      waitForCompany();
    } else {
      start();
    }
  }

  async function work(): Promise<void> {
    const batch = steps;
    steps = [];
    if (!isAdded) await untilAdded();
    let sound: FrameSound[] = [];
    for (const step of batch) {
      if (step.type === 'sound') {
        sound.push(step.sound);
        continue;
      }
      await write(sound);
      sound = [];
      perform(step);
    }
    await write(sound);
  }

  async function untilAdded(): Promise<void> {
    try {
      await added;
    } catch (error) {
      fail(error);
    }
    isAdded = true;
  }

  function perform(step: Exclude<Step, { type: 'sound' }>): void {
    switch (step.type) {
      case 'cut':
        writer.cut();
        return;
      case 'skip':
        writer.skipTo(step.toMs);
        return;
      case 'leave-out':
        writer.skipTo(writer.endMs + step.ms);
        return;
      case 'afterwards':
        step.task();
        return;
      default:
        unreachable(step);
    }
  }

  async function write(sounds: readonly FrameSound[]): Promise<void> {
    try {
      for (let left = sounds; left.length > 0 && !isFailed;) {
        const [now, later] = splitSound(format, left, writer.roomMs);
        if (now.length > 0) await writeTogether(now);
        else writer.cut();
        left = later;
      }
    } catch (error) {
      fail(error);
    }
    if (isFailed) return;
    pendingBytes -= bytesOf(sounds);
    pendingMs -= msOf(sounds);
    if (isFull && pendingMs <= resumeAtMs) setFull(false);
  }

  async function writeTogether(sounds: readonly FrameSound[]): Promise<void> {
    const parts = sounds.flatMap((sound) => sound.chunks);
    const chunks = format.encoding === 'opus' ? parts : [joined(parts)];
    const startMs = writer.endMs;
    await writer.append(sounds, chunks);
    if (startMs > toldMs) listener.onGap({ startMs: toldMs, endMs: startMs });
    toldMs = writer.endMs;
    listener.onSound({ startMs, endMs: toldMs, chunks });
  }

  function setFull(value: boolean): void {
    isFull = value;
    listener.onPressure(value);
  }

  function fail(error: unknown): void {
    if (isFailed) return;
    isFailed = true;
    pendingBytes = 0;
    pendingMs = 0;
    if (isFull) setFull(false);
    listener.onFailure(error);
  }

  return {
    get isFull() {
      return isFull;
    },
    get takenMs() {
      return takenMs;
    },
    push(frame) {
      if (isFailed || isFinished) return 'taken';
      const taken = frameSound(format, frame);
      if (!taken) return 'unreadable';
      const { skipMs, sound } = taken;
      const bytes = bytesOf([sound]);
      if (pendingBytes + bytes > maxPendingBytes || pendingMs > maxPendingMs) return 'no-room';
      pendingBytes += bytes;
      pendingMs += sound.durationMs;
      takenMs += skipMs + sound.durationMs;
      if (!isFull && pendingMs > pauseAtMs) setFull(true);
      if (skipMs > 0) take({ type: 'leave-out', ms: skipMs }, true);
      take({ type: 'sound', sound }, true);
      return 'taken';
    },
    cut: () => take({ type: 'cut' }, false),
    skipTo(ms) {
      takenMs = Math.max(takenMs, ms);
      take({ type: 'skip', toMs: ms }, true);
    },
    afterwards: (task) => take({ type: 'afterwards', task }, false),
    async finish() {
      isFinished = true;
      await new Promise<void>((resolve) => take({ type: 'afterwards', task: resolve }, false));
      const isWhole = await writer.finish();
      return { endMs: toldMs, isWhole };
    },
  };
}

function bytesOf(sounds: readonly FrameSound[]): number {
  return sounds.reduce(
    (sum, { chunks }) => sum + chunks.reduce((bytes, chunk) => bytes + chunk.byteLength, 0),
    0,
  );
}

function msOf(sounds: readonly FrameSound[]): number {
  return sounds.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** One buffer at an even offset, whatever the transport's own slices are. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first && chunks.length === 1 && first.byteOffset % 2 === 0) return first;
  // From Node's pool, which starts every buffer at a multiple of 8: an allocation of its own for each of
  // some 25,000 writes a second would cost more than the writing.
  const whole = Buffer.allocUnsafe(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
