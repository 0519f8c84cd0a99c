export { deepgramTranscriber } from './transcriber.ts';
