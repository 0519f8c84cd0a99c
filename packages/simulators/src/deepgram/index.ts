export type { DeepgramFault } from './faults.ts';
export { markSound } from './marks.ts';
export type { ScriptedWord } from './script.ts';
export { startDeepgram, type DeepgramSimulator } from './server.ts';
