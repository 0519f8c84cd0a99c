import { z } from 'zod';

/**
 * Messages of the audio sockets: `/ws` and `/ws_omi` (Opus), `/ws_pcm` (PCM).
 *
 * A client sends either bare binary frames, or Wyoming-style events: one text frame holding one JSON
 * object, followed by one binary frame when `payload_length` > 0. One payload is any number of whole PCM
 * samples, or one Opus packet.
 */

/** Largest WebSocket message accepted, bytes: 16 s of 16 kHz 16-bit mono. Larger ones close with 1009. */
export const maxSocketMessageBytes = 512 * 1024;

/** Declared PCM format of `audio-start` and `audio-chunk`. `rate` in Hz, `width` in bytes a sample. */
export const audioFormatSchema = z.object({
  rate: z.int().min(4000).max(192_000).optional(),
  width: z.int().min(1).max(4).optional(),
  channels: z.int().min(1).max(8).optional(),
});

/** The header common to all events. Unknown keys are allowed and ignored. */
export const socketHeaderSchema = z.looseObject({
  type: z.string().min(1).max(64),
  data: z.looseObject({}).nullish(),
  payload_length: z.int().min(0).max(maxSocketMessageBytes).nullish(),
});
export type SocketHeader = z.infer<typeof socketHeaderSchema>;

/** Names that clients have for what they send; anything else is refused. */
const codecSchema = z
  .string()
  .max(32)
  .toLowerCase()
  .pipe(z.enum(['opus', 'opus_fs320', 'pcm', 'pcm16', 'pcm_s16le', 'linear16', 's16le']))
  .transform((name) => (name.startsWith('opus') ? ('opus' as const) : ('pcm' as const)));

/**
 * `codec` (or `encoding`): what the payloads are, where that differs from the path's own. `captured_at`: the
 * sound was recorded earlier, from this time on; ISO 8601 with a zone, or epoch ms.
 */
export const audioStartDataSchema = z.looseObject({
  ...audioFormatSchema.shape,
  mode: z.string().max(32).nullish(),
  codec: codecSchema.nullish(),
  encoding: codecSchema.nullish(),
  captured_at: z
    .union([
      z.int().positive(),
      z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
    ])
    .nullish(),
});

/** `seq`: the frame's number within its capture, from clients that asked for acks. */
export const audioChunkDataSchema = z.looseObject({
  ...audioFormatSchema.shape,
  seq: z.int().positive().nullish(),
});

/**
 * `seq`: the number of the recording's last frame. With it a stop that is sent again, because nobody knew whether
 * it had arrived, does not end the recording that came after.
 */
export const audioStopDataSchema = z.looseObject({ seq: z.int().nonnegative().nullish() });

/** Client → server, as the first message, where the request itself carried no token. */
export const authMessageSchema = z.looseObject({
  type: z.literal('auth'),
  data: z.looseObject({ token: z.string().min(1).max(8192) }),
});

/** How far a capture is on disk for good. */
export interface CaptureProgress {
  readonly capture_id: string;
  readonly seq: number;
}

/**
 * Server → client, once after the socket is authenticated. Some clients wait for it before they send.
 *
 * Only for clients that asked for acks: `capture_id` and `seq` of the capture that goes on, null and 0 when
 * none does; `ended`, the device's last capture when it ended a short while ago, so that a client whose
 * connection broke right after `audio-stop` knows what of it is safe.
 */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly message: string;
  readonly data: {
    readonly client_id: string;
    readonly capture_id?: string | null;
    readonly seq?: number;
    readonly ended?: CaptureProgress | null;
  };
}

/** Server → client that asked for acks: every frame of the capture up to `seq` survives a power cut. */
export interface AckMessage {
  readonly type: 'ack';
  readonly data: CaptureProgress;
}

/** Server → client. `code` is the WebSocket close code when the socket closes for it, else the HTTP-like status. */
export interface SocketErrorMessage {
  readonly type: 'error';
  readonly error: string;
  readonly message: string;
  readonly code: number;
}

export type ServerSocketMessage = ReadyMessage | AckMessage | SocketErrorMessage;
