export { startMistral } from './server.ts';
