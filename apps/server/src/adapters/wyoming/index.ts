export { wyomingTranscriber } from './transcriber.ts';
