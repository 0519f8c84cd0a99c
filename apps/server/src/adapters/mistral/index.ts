export { mistralTranscriber } from './transcriber.ts';
