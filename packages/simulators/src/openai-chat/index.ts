export { startOpenAiChat } from './server.ts';
