export { createCaptioner, type Captioner } from './captioner.ts';
export { type Caption, type CaptionState, type LivePiece } from './captions.ts';
export { createLiveEngines, type LiveEngines } from './engines.ts';
export type { DetectedSpeech } from './speech-ledger.ts';
