export { openAiTranscriber } from './transcriber.ts';
