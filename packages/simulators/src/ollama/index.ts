export { startOllama } from './server.ts';
