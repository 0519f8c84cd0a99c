export { opusDecoders } from './opus-decoders.ts';
