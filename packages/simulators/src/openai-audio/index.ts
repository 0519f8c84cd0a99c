export { startOpenAiAudio } from './server.ts';
