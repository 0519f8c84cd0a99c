export {
  openAudioStream,
  type AudioStream,
  type AudioStreamOptions,
  type PcmFormat,
  type StreamEnd,
} from './audio-stream.ts';
export {
  createClient,
  type Client,
  type ClientOptions,
  type UploadFacts,
  type UploadItem,
} from './client.ts';
export { createResendBuffer, type ResendBuffer } from './resend-buffer.ts';
export { ApiError } from './errors.ts';
export type { LiveConnection, LiveEventsOptions, NumberedLiveEvent } from './live-events.ts';
export type { RequestOptions } from './request.ts';
