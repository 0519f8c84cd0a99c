export { whisper } from './whisper.ts';
