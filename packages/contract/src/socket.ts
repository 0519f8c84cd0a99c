import { z } from 'zod';

/**
 * Messages of the audio sockets (`/ws_pcm`, later `/ws` and `/ws_omi`).
 *
 * A client sends either bare binary frames, or Wyoming-style events: one text frame holding one JSON
 * object, followed by one binary frame when `payload_length` > 0.
 */

/** Largest WebSocket message accepted, bytes: 16 s of 16 kHz 16-bit mono. Larger ones close with 1009. */
export const maxSocketMessageBytes = 512 * 1024;

/** Declared PCM format of `audio-start` and `audio-chunk`. `rate` in Hz, `width` in bytes a sample. */
export const audioFormatSchema = z.object({
  rate: z.int().min(1).max(384_000).optional(),
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

export const audioStartDataSchema = z.looseObject({
  ...audioFormatSchema.shape,
  mode: z.string().max(32).optional(),
});

/** Server → client, once after the socket is authenticated. Some clients wait for it before they send. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly message: string;
  readonly data: { readonly client_id: string };
}

/** Server → client. `code` is the WebSocket close code when the socket closes for it, else the HTTP-like status. */
export interface SocketErrorMessage {
  readonly type: 'error';
  readonly error: string;
  readonly message: string;
  readonly code: number;
}

export type ServerSocketMessage = ReadyMessage | SocketErrorMessage;
