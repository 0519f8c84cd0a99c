import {
  audioChunkDataSchema,
  audioStartDataSchema,
  audioStopDataSchema,
  socketHeaderSchema,
  type SocketHeader,
} from '@friend-lite/contract';
import type { z } from 'zod';
import type { PcmLayout } from '../audio/index.ts';
import { AppError } from '../base/index.ts';

/** What the payloads of a recording are: one Opus packet each, or PCM of this layout. */
export type PayloadFormat = { readonly codec: 'opus' } | ({ readonly codec: 'pcm' } & PcmLayout);

/** What PCM is where nothing else is declared. */
export const plainPcm: PayloadFormat = {
  codec: 'pcm',
  sampleRateHz: 16_000,
  bytesPerSample: 2,
  channels: 1,
};

/** A device's clock may be ahead of ours by this much. */
const clockSkewMs = 60_000;

export interface StartDetails {
  readonly format: PayloadFormat;
  /** Epoch ms at which the sound was recorded; null: it is being recorded now. */
  readonly capturedAt: number | null;
}

/** Reads a text frame as an event. An error names what is wrong and repeats nothing of what came. */
export function parseHeader(text: string): SocketHeader | AppError {
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
  return parsed.success ? parsed.data : faulty(parsed.error);
}

/** What an `audio-start` declares; what it leaves out is as usual on a path of this codec. */
export function readStart(
  header: SocketHeader,
  usual: PayloadFormat['codec'],
  now: number,
  maxAgeMs: number,
): StartDetails | AppError {
  const parsed = audioStartDataSchema.safeParse(header.data ?? {});
  if (!parsed.success) return faulty(parsed.error);
  const { codec, encoding, captured_at: capturedAt = null } = parsed.data;
  if (capturedAt !== null && capturedAt > now + clockSkewMs) {
    return invalid('captured_at: lies in the future');
  }
  if (capturedAt !== null && capturedAt < now - maxAgeMs) {
    return invalid('captured_at: is older than this server takes');
  }
  const format: PayloadFormat =
    (codec ?? encoding ?? usual) === 'opus'
      ? { codec: 'opus' }
      : { ...plainPcm, ...layoutOf(parsed.data) };
  return { format, capturedAt };
}

/** What an `audio-chunk` declares: a layout that differs from the recording's goes on from here. */
export function readChunk(
  header: SocketHeader,
  current: PayloadFormat,
  isNumbered: boolean,
): { readonly format: PayloadFormat; readonly seq: number | null } | AppError {
  const parsed = audioChunkDataSchema.safeParse(header.data ?? {});
  if (!parsed.success) return faulty(parsed.error);
  const { seq = null } = parsed.data;
  if (isNumbered && seq === null) return invalid('seq: is needed where acks were asked for');
  // Mobile apps declare PCM for their Opus packets.
  const format = current.codec === 'opus' ? current : { ...current, ...layoutOf(parsed.data) };
  return { format, seq: isNumbered ? seq : null };
}

/** Up to which frame an `audio-stop` ends the recording; null when it does not say. */
export function readStop(header: SocketHeader): number | null {
  return audioStopDataSchema.safeParse(header.data ?? {}).data?.seq ?? null;
}

export function isSameFormat(a: PayloadFormat, b: PayloadFormat): boolean {
  if (a.codec === 'opus' || b.codec === 'opus') return a.codec === b.codec;
  return (
    a.sampleRateHz === b.sampleRateHz &&
    a.bytesPerSample === b.bytesPerSample &&
    a.channels === b.channels
  );
}

function layoutOf(declared: {
  readonly rate?: number | undefined;
  readonly width?: number | undefined;
  readonly channels?: number | undefined;
}): Partial<PcmLayout> {
  const { rate, width, channels } = declared;
  return {
    ...(rate === undefined ? {} : { sampleRateHz: rate }),
    ...(width === undefined ? {} : { bytesPerSample: width }),
    ...(channels === undefined ? {} : { channels }),
  };
}

function faulty(error: z.ZodError): AppError {
  const issue = error.issues[0];
  const problem = issue ? `${issue.path.join('.')}: ${issue.message}` : 'unreadable';
  const isFormat = ['rate', 'width', 'channels', 'codec', 'encoding'].includes(
    String(issue?.path[0]),
  );
  return isFormat && issue?.code !== 'invalid_type'
    ? new AppError('unsupported_audio_format', { problem })
    : invalid(problem);
}

function invalid(problem: string): AppError {
  return new AppError('invalid_header', { problem });
}
