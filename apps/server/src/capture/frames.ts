import {
  audioFormatSchema,
  audioStartDataSchema,
  socketHeaderSchema,
  type SocketHeader,
} from '@friend-lite/contract';
import type { z } from 'zod';
import { frameBytes, speechFormat, type AudioFormat } from '../audio/index.ts';
import { AppError } from '../base/index.ts';

/**
 * The frame protocol of the PCM sockets, pure and free of any transport.
 *
 * Two generations of clients speak it, told apart by their first frame: bare binary frames (16 kHz mono
 * s16le, an implicit start), or JSON headers, each followed by a binary payload when it announces one.
 * Whatever comes, the protocol yields commands or typed errors for the client; it never throws, and a bad
 * frame costs at most itself.
 */

/** One message of a socket. */
export type SocketFrame =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

export type FrameCommand =
  /** Sound of this format follows. */
  | { readonly type: 'start'; readonly format: AudioFormat }
  /** Whole samples, never empty; only ever after a `start`. */
  | { readonly type: 'audio'; readonly pcm: Uint8Array }
  /** The client ended its recording. */
  | { readonly type: 'stop' }
  /** To be told to the client; the socket stays. */
  | { readonly type: 'error'; readonly error: AppError };

export interface FrameState {
  /**
   * `idle`: nothing came yet; `capturing`: sound is taken; `stopped`: after audio-stop; `refusing`: sound
   * is dropped and the client has been told why.
   */
  readonly mode: 'idle' | 'capturing' | 'stopped' | 'refusing';
  /** The payload that the last header announced. */
  readonly awaited: { readonly bytes: number; readonly isSound: boolean } | null;
}

export interface FrameStep {
  readonly state: FrameState;
  /** In order. None: the frame asks for nothing. */
  readonly commands: readonly FrameCommand[];
}

export const initialFrameState: FrameState = { mode: 'idle', awaited: null };

/** Takes the next message of a socket. */
export function decodeFrame(state: FrameState, frame: SocketFrame): FrameStep {
  return frame.kind === 'text' ? decodeText(state, frame.text) : decodeBinary(state, frame.bytes);
}

function decodeText(state: FrameState, text: string): FrameStep {
  // The payload will not come any more; if it does after all, it is taken as a bare binary frame.
  const missed: readonly FrameCommand[] = state.awaited ? [mismatch(state.awaited.bytes, 0)] : [];
  const header = parseHeader(text);
  const step =
    header instanceof AppError
      ? { state: { ...state, awaited: null }, commands: [failed(header)] }
      : decodeHeader({ ...state, awaited: null }, header);
  return { state: step.state, commands: [...missed, ...step.commands] };
}

function decodeHeader(state: FrameState, header: SocketHeader): FrameStep {
  const bytes = header.payload_length ?? 0;
  const awaiting = (isSound: boolean) => (bytes > 0 ? { bytes, isSound } : null);
  switch (header.type) {
    case 'audio-start': {
      const refusal = refusalOf(audioStartDataSchema.safeParse(header.data ?? {}));
      if (refusal) {
        return {
          state: { mode: 'refusing', awaited: awaiting(false) },
          commands: [failed(refusal)],
        };
      }
      return {
        state: { mode: 'capturing', awaited: awaiting(false) },
        commands: state.mode === 'capturing' ? [] : [{ type: 'start', format: speechFormat }],
      };
    }
    case 'audio-chunk': {
      const refusal = refusalOf(audioFormatSchema.safeParse(header.data ?? {}));
      return {
        state: { ...state, awaited: awaiting(refusal === null) },
        commands: refusal && state.mode !== 'refusing' ? [failed(refusal)] : [],
      };
    }
    case 'audio-stop':
      return { state: { mode: 'stopped', awaited: awaiting(false) }, commands: [{ type: 'stop' }] };
    default:
      return { state: { ...state, awaited: awaiting(false) }, commands: [] };
  }
}

function decodeBinary(state: FrameState, bytes: Uint8Array): FrameStep {
  const { awaited } = state;
  const next: FrameState = { ...state, awaited: null };
  if (!awaited) return takeSound(next, bytes, 'bare');
  const step = awaited.isSound
    ? takeSound(next, bytes, 'announced')
    : { state: next, commands: [] };
  return awaited.bytes === bytes.byteLength
    ? step
    : {
        state: step.state,
        commands: [...step.commands, mismatch(awaited.bytes, bytes.byteLength)],
      };
}

function takeSound(state: FrameState, bytes: Uint8Array, arrival: 'bare' | 'announced'): FrameStep {
  if (bytes.byteLength === 0 || state.mode === 'refusing') return { state, commands: [] };
  if (state.mode === 'stopped') {
    // Chunks still on their way when the client stopped are dropped without a word; a client that goes on
    // with bare frames is told, once.
    return arrival === 'announced'
      ? { state, commands: [] }
      : {
          state: { ...state, mode: 'refusing' },
          commands: [failed(new AppError('unexpected_payload'))],
        };
  }
  const commands: FrameCommand[] = [];
  if (state.mode === 'idle') commands.push({ type: 'start', format: speechFormat });
  const sampleBytes = frameBytes(speechFormat);
  const dangling = bytes.byteLength % sampleBytes;
  const pcm = dangling === 0 ? bytes : bytes.subarray(0, bytes.byteLength - dangling);
  if (pcm.byteLength > 0) commands.push({ type: 'audio', pcm });
  if (dangling > 0) {
    commands.push(
      failed(new AppError('odd_byte_count', { bytes: bytes.byteLength, frameBytes: sampleBytes })),
    );
  }
  return { state: { ...state, mode: 'capturing' }, commands };
}

function parseHeader(text: string): SocketHeader | AppError {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return new AppError('invalid_json');
  }
  const isEvent =
    typeof json === 'object' && json !== null && 'type' in json && typeof json.type === 'string';
  if (!isEvent) return new AppError('invalid_json');
  const parsed = socketHeaderSchema.safeParse(json);
  return parsed.success ? parsed.data : invalidHeader(parsed.error);
}

/** Why sound declared like this cannot be taken; null when it can. What is not declared is as usual. */
function refusalOf(
  declared: z.ZodSafeParseResult<z.infer<typeof audioFormatSchema>>,
): AppError | null {
  if (!declared.success) return invalidHeader(declared.error);
  const { rate = 16_000, width = 2, channels = 1 } = declared.data;
  if (rate === 16_000 && width === 2 && channels === 1) return null;
  return new AppError('unsupported_audio_format', {
    problem: `${rate} Hz, ${width * 8} bit, ${channels} channel(s); send 16000 Hz, 16 bit, 1 channel`,
  });
}

function invalidHeader(error: z.ZodError): AppError {
  const issue = error.issues[0];
  const problem = issue ? `${issue.path.join('.')}: ${issue.message}` : 'unreadable';
  return new AppError('invalid_header', { problem });
}

function mismatch(expectedBytes: number, actualBytes: number): FrameCommand {
  return failed(new AppError('payload_mismatch', { expectedBytes, actualBytes }));
}

function failed(error: AppError): FrameCommand {
  return { type: 'error', error };
}
