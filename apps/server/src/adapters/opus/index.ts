export { opusDecoders, type OpusDecoderThreads } from './opus-decoders.ts';
