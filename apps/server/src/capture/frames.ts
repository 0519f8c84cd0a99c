import type { SocketHeader } from '@friend-lite/contract';
import { AppError } from '../base/index.ts';
import {
  isSameFormat,
  parseHeader,
  plainPcm,
  readChunk,
  readStart,
  readStop,
  type PayloadFormat,
} from './socket-headers.ts';

/**
 * The frame protocol of the audio sockets, pure and free of any transport.
 *
 * Two generations of clients speak it, told apart by their first frame: bare binary frames (an implicit
 * start), or JSON headers, each followed by a binary payload when it announces one. Whatever comes, the
 * protocol yields commands or typed errors for the client; it never throws, and a bad frame costs at most
 * itself.
 */

/** One message of a socket. */
export type SocketFrame =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

/** What is agreed before the first frame, by the address that the client connected to. */
export interface FrameDialect {
  /** What payloads are where nothing else is declared. */
  readonly codec: PayloadFormat['codec'];
  /** Each chunk carries its number, and is confirmed. */
  readonly isNumbered: boolean;
  /** How old sound may be that is sent late. */
  readonly maxLateMs: number;
}

export type FrameCommand =
  /** Sound of this format follows: live, or recorded at `capturedAt` (epoch ms). */
  | {
      readonly type: 'start';
      readonly format: PayloadFormat;
      readonly capturedAt: number | null;
    }
  /** The recording goes on, in this format. */
  | { readonly type: 'format'; readonly format: PayloadFormat }
  /** A payload, never empty; only ever after a `start`. */
  | { readonly type: 'payload'; readonly bytes: Uint8Array; readonly seq: number | null }
  /** The client ended its recording, of which `seq` is the last frame; null when it does not say. */
  | { readonly type: 'stop'; readonly seq: number | null }
  /** To be told to the client; the socket stays. */
  | { readonly type: 'error'; readonly error: AppError };

/** The payload that the last header announced; `sound` says what is known of it, null when it is none. */
interface AwaitedPayload {
  readonly bytes: number;
  readonly sound: { readonly format: PayloadFormat; readonly seq: number | null } | null;
}

export interface FrameState {
  /**
   * `idle`: nothing came yet; `capturing`: sound is taken; `stopped`: after audio-stop; `refusing`: sound
   * is dropped and the client has been told why.
   */
  readonly mode: 'idle' | 'capturing' | 'stopped' | 'refusing';
  readonly format: PayloadFormat;
  readonly isLate: boolean;
  readonly awaited: AwaitedPayload | null;
}

export interface FrameStep {
  readonly state: FrameState;
  /** In order. None: the frame asks for nothing. */
  readonly commands: readonly FrameCommand[];
}

export function initialFrameState({ codec }: FrameDialect): FrameState {
  return { mode: 'idle', format: usualFormat(codec), isLate: false, awaited: null };
}

/** Takes the next message of a socket, at `now` (epoch ms). */
export function decodeFrame(
  state: FrameState,
  frame: SocketFrame,
  dialect: FrameDialect,
  now: number,
): FrameStep {
  return frame.kind === 'text'
    ? decodeText(state, frame.text, dialect, now)
    : decodeBinary(state, frame.bytes, dialect);
}

function decodeText(
  state: FrameState,
  text: string,
  dialect: FrameDialect,
  now: number,
): FrameStep {
  // The payload will not come any more; if it does after all, it is taken as a bare binary frame.
  const missed: readonly FrameCommand[] = state.awaited ? [mismatch(state.awaited.bytes, 0)] : [];
  const header = parseHeader(text);
  const step =
    header instanceof AppError
      ? { state: { ...state, awaited: null }, commands: [failed(header)] }
      : decodeHeader({ ...state, awaited: null }, header, dialect, now);
  return { state: step.state, commands: [...missed, ...step.commands] };
}

function decodeHeader(
  state: FrameState,
  header: SocketHeader,
  dialect: FrameDialect,
  now: number,
): FrameStep {
  const awaited = awaiting(header, null);
  switch (header.type) {
    case 'audio-start': {
      const start = readStart(header, dialect.codec, now, dialect.maxLateMs);
      if (start instanceof AppError) {
        return { state: { ...state, mode: 'refusing', awaited }, commands: [failed(start)] };
      }
      const { format, capturedAt } = start;
      const isLate = capturedAt !== null;
      const started: FrameState = { mode: 'capturing', format, isLate, awaited };
      // A client that says it twice goes on with the recording it has.
      const isAgain = state.mode === 'capturing' && !isLate && !state.isLate;
      if (!isAgain) return { state: started, commands: [{ type: 'start', format, capturedAt }] };
      return { state: started, commands: changeOfFormat(state.format, format) };
    }
    case 'audio-chunk': {
      const chunk = readChunk(header, state.format, dialect.isNumbered);
      return chunk instanceof AppError
        ? {
            state: { ...state, awaited },
            commands: state.mode === 'refusing' ? [] : [failed(chunk)],
          }
        : { state: { ...state, awaited: awaiting(header, chunk) }, commands: [] };
    }
    case 'audio-stop':
      return {
        state: { ...state, mode: 'stopped', isLate: false, awaited },
        commands: [{ type: 'stop', seq: readStop(header) }],
      };
    default:
      return { state: { ...state, awaited }, commands: [] };
  }
}

function awaiting(header: SocketHeader, sound: AwaitedPayload['sound']): AwaitedPayload | null {
  const bytes = header.payload_length ?? 0;
  return bytes > 0 ? { bytes, sound } : null;
}

function decodeBinary(state: FrameState, bytes: Uint8Array, dialect: FrameDialect): FrameStep {
  const { awaited } = state;
  const next: FrameState = { ...state, awaited: null };
  if (!awaited) return takeBare(next, bytes, dialect);
  const step = awaited.sound
    ? takeSound(next, bytes, awaited.sound.format, awaited.sound.seq)
    : { state: next, commands: [] };
  return awaited.bytes === bytes.byteLength
    ? step
    : {
        state: step.state,
        commands: [...step.commands, mismatch(awaited.bytes, bytes.byteLength)],
      };
}

function takeBare(state: FrameState, bytes: Uint8Array, { isNumbered }: FrameDialect): FrameStep {
  if (bytes.byteLength === 0 || state.mode === 'refusing') return { state, commands: [] };
  if (isNumbered || state.mode === 'stopped') {
    // After the stop it is told once only; the next start makes it good.
    const mode = state.mode === 'stopped' ? 'refusing' : state.mode;
    return {
      state: { ...state, mode },
      commands: [failed(new AppError('unexpected_payload'))],
    };
  }
  return takeSound(state, bytes, state.format, null);
}

function takeSound(
  state: FrameState,
  bytes: Uint8Array,
  format: PayloadFormat,
  seq: number | null,
): FrameStep {
  // Chunks still on their way when the client stopped are dropped without a word.
  if (bytes.byteLength === 0 || state.mode === 'refusing' || state.mode === 'stopped') {
    return { state, commands: [] };
  }
  const opening: readonly FrameCommand[] =
    state.mode === 'idle'
      ? [{ type: 'start', format, capturedAt: null }]
      : changeOfFormat(state.format, format);
  return {
    state: { ...state, mode: 'capturing', format },
    commands: [...opening, { type: 'payload', bytes, seq }],
  };
}

function changeOfFormat(from: PayloadFormat, to: PayloadFormat): readonly FrameCommand[] {
  return isSameFormat(from, to) ? [] : [{ type: 'format', format: to }];
}

function usualFormat(codec: PayloadFormat['codec']): PayloadFormat {
  return codec === 'opus' ? { codec } : plainPcm;
}

function mismatch(expectedBytes: number, actualBytes: number): FrameCommand {
  return failed(new AppError('payload_mismatch', { expectedBytes, actualBytes }));
}

function failed(error: AppError): FrameCommand {
  return { type: 'error', error };
}
