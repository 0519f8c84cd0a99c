import { maxSocketMessageBytes } from '@friend-lite/contract';
import { byteOffset } from '../audio/index.ts';
import { unreachable } from '../base/index.ts';
import type { Capture, Gap } from './ports.ts';
import { createSegmentWriter, type SegmentWriterDeps } from './segment-writer.ts';

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

export interface RecorderListener {
  /** The sound is in the file. */
  onSound(startMs: number, pcm: Uint8Array): void;
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
  /** Takes whole samples that follow what was taken before. False: no room, nothing was taken. */
  push(pcm: Uint8Array): boolean;
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
  | { readonly type: 'sound'; readonly pcm: Uint8Array }
  | { readonly type: 'cut' }
  | { readonly type: 'skip'; readonly toMs: number }
  | { readonly type: 'afterwards'; readonly task: () => void };

/**
 * Nothing is written before `added` resolves (the capture's record is stored); its rejection is a failure.
 * `from`: where a capture that is continued left off.
 */
export function createRecorder(
  capture: Capture,
  added: Promise<void>,
  from: { readonly endMs: number; readonly nextIndex: number },
  deps: SegmentWriterDeps,
  listener: RecorderListener,
): Recorder {
  const { format } = capture;
  const pauseAtBytes = byteOffset(format, pauseAtMs);
  const resumeAtBytes = byteOffset(format, resumeAtMs);
  const writer = createSegmentWriter(capture, from, deps, fail);

  let steps: Step[] = [];
  let pendingBytes = 0;
  let isFull = false;
  let isFailed = false;
  let isFinished = false;
  let isWorking = false;
  let isAdded = false;
  let cancelTimer: (() => void) | null = null;
  /** The end of the sound as told to listeners; a gap is told when sound follows it. */
  let toldMs = from.endMs;

  function take(step: Step, delayMs: number): void {
    steps.push(step);
    if (isWorking) return;
    if (delayMs > 0) {
      cancelTimer ??= deps.clock.after(delayMs, start);
    } else {
      start();
    }
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
    if (steps.every((step) => step.type === 'sound' || step.type === 'skip')) {
      cancelTimer = deps.clock.after(coalesceMs, start);
    } else {
      start();
    }
  }

  async function work(): Promise<void> {
    const batch = steps;
    steps = [];
    if (!isAdded) await untilAdded();
    let sound: Uint8Array[] = [];
    for (const step of batch) {
      if (step.type === 'sound') {
        sound.push(step.pcm);
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
      case 'afterwards':
        step.task();
        return;
      default:
        unreachable(step);
    }
  }

  async function write(chunks: readonly Uint8Array[]): Promise<void> {
    if (chunks.length === 0) return;
    let pcm = joined(chunks);
    const takenBytes = pcm.byteLength;
    try {
      while (pcm.byteLength > 0 && !isFailed) {
        const part = pcm.subarray(0, writer.roomBytes);
        const startMs = writer.endMs;
        await writer.append(part);
        if (startMs > toldMs) listener.onGap({ startMs: toldMs, endMs: startMs });
        toldMs = writer.endMs;
        listener.onSound(startMs, part);
        pcm = pcm.subarray(part.byteLength);
      }
    } catch (error) {
      fail(error);
    }
    if (isFailed) return;
    pendingBytes -= takenBytes;
    if (isFull && pendingBytes <= resumeAtBytes) setFull(false);
  }

  function setFull(value: boolean): void {
    isFull = value;
    listener.onPressure(value);
  }

  function fail(error: unknown): void {
    if (isFailed) return;
    isFailed = true;
    pendingBytes = 0;
    if (isFull) setFull(false);
    listener.onFailure(error);
  }

  return {
    get isFull() {
      return isFull;
    },
    push(pcm) {
      if (isFailed || isFinished) return true;
      if (pendingBytes + pcm.byteLength > pauseAtBytes + overrunBytes) return false;
      pendingBytes += pcm.byteLength;
      if (!isFull && pendingBytes > pauseAtBytes) setFull(true);
      take({ type: 'sound', pcm }, coalesceMs);
      return true;
    },
    cut: () => take({ type: 'cut' }, 0),
    skipTo: (ms) => take({ type: 'skip', toMs: ms }, coalesceMs),
    afterwards: (task) => take({ type: 'afterwards', task }, 0),
    async finish() {
      isFinished = true;
      await new Promise<void>((resolve) => take({ type: 'afterwards', task: resolve }, 0));
      const isWhole = await writer.finish();
      return { endMs: toldMs, isWhole };
    },
  };
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
