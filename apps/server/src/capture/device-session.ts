import type { CaptureId } from '@friend-lite/contract';
import { opusFormat, speechFormat, type AudioFormat } from '../audio/index.ts';
import { AppError, unreachable, type Clock, type Log } from '../base/index.ts';
import {
  decodeFrame,
  initialFrameState,
  type FrameCommand,
  type FrameDialect,
  type SocketFrame,
} from './frames.ts';
import type { IntakeCounts } from './intake-counts.ts';
import type { PayloadFormat } from './socket-headers.ts';
import { ackMessage, socketErrorMessage, type SocketLink } from './socket-link.ts';
import type { RecordingWriter, SoundFrame } from './sound-frame.ts';
import { createSoundIntake, type IntakeStep, type SoundIntake } from './sound-intake.ts';

/** A client that sends packets nobody can read is told so once in this time. */
const faultNoticeMs = 10_000;

/**
 * A loss up to this is believed as the device's numbering shows it. A longer one cannot have lasted longer
 * than the device was silent: a pendant that began anew at a far number lost nothing.
 */
const plainLossMs = 60_000;

/**
 * A socket that sent sound within this time is of a device that is sending. Relays leave the socket of a microphone
 * that broke off open, answering pings, and open another for when the microphone is back.
 */
const sendingWithinMs = 10_000;

/** Where the sound of a session goes. */
export interface SoundTarget {
  /** Whether a capture goes on. */
  isOpen(): boolean;
  /** Highest number taken for the capture that goes on; 0 when none does. */
  takenSeq(): number;
  /** Takes a frame of the device's own time now. False: no more is taken; the session is over. */
  push(frame: SoundFrame, format: AudioFormat): boolean;
  /** The device said that its recording ends here. */
  stop(): void;
  /** Begins a recording of the past. Null: it may not come in; the session is over. */
  startLate(startedAt: number, format: AudioFormat): RecordingWriter | null;
  /** Ends the session: what came late cannot be stored. */
  dismiss(error: AppError): void;
}

/** What one socket of a device says, from its first message to its last. */
export interface DeviceSession {
  readonly link: SocketLink;
  readonly isNumbered: boolean;
  receive(frame: SocketFrame): void;
  /**
   * Whether there is still a device behind the socket: it answers and, when it was sending a moment ago, sends on.
   * While it does not, the answer waits, at the longest for `finish`.
   */
  isLiving(): Promise<boolean>;
  /** Nothing more will be received: gives on what was held back, and lets go of what was sent late. */
  finish(): void;
  /** Tells the client how far a capture is on disk, if it asked for that. */
  confirm(captureId: CaptureId, seq: number): void;
}

interface LateRecording {
  readonly writer: RecordingWriter;
  readonly format: AudioFormat;
  isWaiting: boolean;
  lastSeq: number;
}

export function createDeviceSession(
  {
    link,
    dialect,
    hasPendantHeader,
  }: {
    readonly link: SocketLink;
    readonly dialect: FrameDialect;
    readonly hasPendantHeader: boolean;
  },
  target: SoundTarget,
  {
    clock,
    log,
    counts,
  }: { readonly clock: Clock; readonly log: Log; readonly counts: IntakeCounts },
): DeviceSession {
  let state = initialFrameState(dialect);
  let intake: SoundIntake | null = null;
  let late: LateRecording | null = null;
  let lastSeq = 0;
  let lastSoundAt = clock.monotonic();
  let faultToldAt = -Infinity;
  let lastPayloadAt = -Infinity;
  /** Who waits to hear from the device: true with its next message, false when the session is over. */
  let listeners: ((isHeard: boolean) => void)[] = [];
  let isOver = false;

  function obey(command: FrameCommand): void {
    // What one command does may end the session.
    if (isOver) return;
    switch (command.type) {
      case 'start':
        endRecording();
        begin(command.format);
        if (command.capturedAt !== null) startLate(command.capturedAt, command.format);
        return;
      case 'format':
        flush();
        begin(command.format);
        return;
      case 'payload':
        takePayload(command.bytes, command.seq);
        return;
      case 'stop': {
        // Sent again, and older than what goes on.
        if (command.seq !== null && command.seq < takenSeq()) return;
        const wasLate = late !== null;
        endRecording();
        if (!wasLate) target.stop();
        return;
      }
      case 'error':
        tell(command.error);
        return;
      default:
        unreachable(command);
    }
  }

  function startLate(startedAt: number, format: PayloadFormat): void {
    const stored = storedFormat(format);
    const writer = target.startLate(startedAt, stored);
    if (writer) late = { writer, format: stored, isWaiting: false, lastSeq: 0 };
  }

  function begin(format: PayloadFormat): void {
    intake = createSoundIntake(format, hasPendantHeader);
  }

  function takenSeq(): number {
    return late ? late.lastSeq : target.takenSeq();
  }

  function takePayload(bytes: Uint8Array, seq: number | null): void {
    if (seq !== null && seq <= Math.max(lastSeq, takenSeq())) {
      counts.add('repeatedFrames');
      return;
    }
    lastSeq = seq ?? lastSeq;
    if (intake) takeStep(intake.take(bytes, seq), intake.format);
  }

  function takeStep(step: IntakeStep, format: AudioFormat): void {
    if (step.isRepeated) counts.add('repeatedFrames');
    for (const frame of step.frames) if (!push(frame, format)) return;
    if (step.fault) tell(step.fault);
  }

  function push(frame: SoundFrame, format: AudioFormat): boolean {
    const now = clock.monotonic();
    const silentMs = now - lastSoundAt;
    lastSoundAt = now;
    const lostBeforeMs =
      frame.lostBeforeMs > plainLossMs
        ? Math.min(frame.lostBeforeMs, silentMs)
        : frame.lostBeforeMs;
    const believed = { ...frame, lostBeforeMs };
    if (!late) return target.push(believed, format);
    if (late.format.encoding !== format.encoding) {
      const problem = 'these are Opus packets; declare the codec';
      target.dismiss(new AppError('unsupported_audio_format', { problem }));
      return false;
    }
    late.lastSeq = frame.seq ?? late.lastSeq;
    if (!late.writer.push(believed)) {
      target.dismiss(new AppError('too_slow'));
      return false;
    }
    if (late.writer.isFull && !late.isWaiting) waitForRoom(late);
    return true;
  }

  /** Sound of the past comes as fast as the network is; the disk sets the pace. */
  function waitForRoom(recording: LateRecording): void {
    recording.isWaiting = true;
    link.pause();
    recording.writer.room().then(
      () => {
        recording.isWaiting = false;
        if (!isOver) link.resume();
      },
      (error: unknown) => {
        target.dismiss(error instanceof AppError ? error : new AppError('storage_unavailable'));
      },
    );
  }

  function tell(error: AppError): void {
    counts.add(error.code === 'undecodable_packet' ? 'undecodablePackets' : 'faultyMessages');
    if (error.code === 'undecodable_packet') {
      const now = clock.monotonic();
      if (now - faultToldAt < faultNoticeMs) return;
      faultToldAt = now;
    }
    link.send(socketErrorMessage(error));
  }

  function flush(): void {
    const flushed = intake;
    intake = null;
    // The last few ms are no reason to open a capture, when it was ended from elsewhere.
    if (!flushed || !(late ?? target.isOpen())) return;
    for (const frame of flushed.flush()) push(frame, flushed.format);
  }

  /** The next one begins, or this one was said to be over. */
  function endRecording(): void {
    const ended = leaveRecording();
    ended?.writer.end().then(
      (captureId) => confirm(captureId, ended.lastSeq),
      (error: unknown) => log.error('late sound not stored', error),
    );
  }

  function leaveRecording(): LateRecording | null {
    flush();
    lastSeq = 0;
    const left = late;
    late = null;
    return left;
  }

  function confirm(captureId: CaptureId, seq: number): void {
    if (dialect.isNumbered && seq > 0) link.send(ackMessage(captureId, seq));
  }

  function nextMessage(): Promise<boolean> {
    return new Promise((resolve) => listeners.push(resolve));
  }

  function tellListeners(isHeard: boolean): void {
    const told = listeners;
    listeners = [];
    for (const listener of told) listener(isHeard);
  }

  return {
    link,
    isNumbered: dialect.isNumbered,
    async isLiving() {
      const isSending = clock.monotonic() - lastPayloadAt < sendingWithinMs;
      const isHeard = isSending ? nextMessage() : true;
      return (await link.isAlive()) && isHeard;
    },
    receive(frame) {
      if (isOver) return;
      if (frame.kind === 'binary') lastPayloadAt = clock.monotonic();
      if (listeners.length > 0) tellListeners(true);
      const step = decodeFrame(state, frame, dialect, clock.now());
      state = step.state;
      for (const command of step.commands) obey(command);
    },
    finish() {
      if (isOver) return;
      // Not said to be over: the device may send it again, and then more of it.
      void leaveRecording()?.writer.abort();
      isOver = true;
      tellListeners(false);
    },
    confirm,
  };
}

function storedFormat({ codec }: PayloadFormat): AudioFormat {
  return codec === 'opus' ? opusFormat : speechFormat;
}
