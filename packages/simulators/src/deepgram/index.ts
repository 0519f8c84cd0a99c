export type { DeepgramFault } from './faults.ts';
export { startDeepgram, type DeepgramSimulator } from './server.ts';
