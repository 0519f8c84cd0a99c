export { ffmpegDecoder } from './decoder.ts';
export { ffmpegFlac } from './flac.ts';
