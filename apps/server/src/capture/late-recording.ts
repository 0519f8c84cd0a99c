import { captureIdSchema, type CaptureId } from '@friend-lite/contract';
import { byteOffset, type AudioFormat } from '../audio/index.ts';
import { AppError, derivedUuid } from '../base/index.ts';
import { frameSound } from './frame-sound.ts';
import type { PastSound, RecordingWriter, SoundFrame } from './sound-frame.ts';

/** What an earlier attempt of the device to send the same has left. */
export type EarlierAttempt =
  | { readonly kind: 'none' }
  /** It was sent to its end. */
  | { readonly kind: 'whole' }
  /** It was cut off: by its connection, a restart or a full disk. */
  | { readonly kind: 'cut-off'; readonly recordedMs: number };

export interface LateRecordingDeps {
  /** What there is under the id. An attempt that still goes on is ended first. */
  readonly findEarlier: (id: CaptureId, sound: PastSound) => Promise<EarlierAttempt>;
  readonly begin: (id: CaptureId, sound: PastSound) => RecordingWriter;
}

export interface LateRecording {
  readonly writer: RecordingWriter;
  /** Resolves when what was pushed at first is with its recording. Never rejects. */
  readonly begun: Promise<void>;
}

/**
 * Frames that wait for what earlier attempts left to be found. The sender is asked to pause meanwhile. Overflow
 * policy: the newest is refused.
 */
const maxHeldFrames = 10_000;

/**
 * Records what a device sends late. A device whose sending was cut off sends all of it again, from the same moment:
 * what is recorded already is passed over, and the rest becomes a recording of its own behind it, so that nothing is
 * doubled and nothing is missing.
 */
export function createLateRecording(
  sound: PastSound,
  { findEarlier, begin }: LateRecordingDeps,
): LateRecording {
  let held: SoundFrame[] = [];
  /** Null while it is being found; `whole` swallows all. */
  let target: RecordingWriter | 'whole' | null = null;
  /** Of what comes next, so much is recorded already. */
  let passOverMs = 0;
  let id = lateId(sound, 0);
  const found = find();
  // Whoever waits for room or for the end hears of a failure.
  const begun = found.catch(() => undefined);

  async function find(): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      id = lateId(sound, attempt);
      const earlier = await findEarlier(id, sound);
      if (earlier.kind === 'none') break;
      if (earlier.kind === 'whole') {
        target = 'whole';
        held = [];
        return;
      }
      passOverMs += earlier.recordedMs;
    }
    const writer = begin(id, { ...sound, startedAt: sound.startedAt + Math.round(passOverMs) });
    target = writer;
    const waiting = held;
    held = [];
    for (const frame of waiting) {
      if (!pushTo(writer, frame)) throw new AppError('too_slow');
    }
  }

  function pushTo(writer: RecordingWriter, frame: SoundFrame): boolean {
    const rest = passOverMs > 0 ? passOver(frame) : frame;
    return rest === null || writer.push(rest);
  }

  /** What of the frame is not recorded yet; null for nothing. */
  function passOver(frame: SoundFrame): SoundFrame | null {
    const taken = frameSound(sound.format, frame);
    // Of an unknown length: it was left out the first time, too.
    if (!taken) return null;
    const lengthMs = taken.skipMs + taken.sound.durationMs;
    const passedMs = Math.min(passOverMs, lengthMs);
    passOverMs -= passedMs;
    return passedMs < lengthMs ? tailOf(sound.format, frame, passedMs) : null;
  }

  const writer: RecordingWriter = {
    push(frame) {
      if (target === 'whole') return true;
      if (target) return pushTo(target, frame);
      held.push(frame);
      return held.length <= maxHeldFrames;
    },
    get isFull() {
      return target === null || (target !== 'whole' && target.isFull);
    },
    async room() {
      await found;
      if (target !== 'whole') await target?.room();
    },
    async end() {
      await found;
      return target === null || target === 'whole' ? id : target.end();
    },
    async abort() {
      await begun;
      if (target !== 'whole') await target?.abort();
    },
  };
  return { writer, begun };
}

/** The same whenever the device sends the same, and for each attempt that has to go on behind another. */
function lateId({ userId, clientId, startedAt }: PastSound, attempt: number): CaptureId {
  const parts = ['late', userId, clientId, String(startedAt), String(attempt)];
  return captureIdSchema.parse(derivedUuid(...parts).replaceAll('-', ''));
}

/** What follows `passedMs` of it: PCM to the sample, a packet whole. */
function tailOf(format: AudioFormat, frame: SoundFrame, passedMs: number): SoundFrame {
  if (passedMs <= frame.lostBeforeMs) {
    return { ...frame, lostBeforeMs: frame.lostBeforeMs - passedMs };
  }
  if (format.encoding === 'opus') return { ...frame, lostBeforeMs: 0 };
  const at = byteOffset(format, passedMs - frame.lostBeforeMs);
  return { ...frame, lostBeforeMs: 0, bytes: frame.bytes.subarray(at) };
}
