export {
  openAudioStream,
  type AudioStream,
  type AudioStreamOptions,
  type PcmFormat,
  type StreamEnd,
} from './audio-stream.ts';
export { createClient, type Client, type ClientOptions } from './client.ts';
export { ApiError } from './errors.ts';
export type { LiveConnection, LiveEventsOptions, NumberedLiveEvent } from './live-events.ts';
export type { RequestOptions } from './request.ts';
