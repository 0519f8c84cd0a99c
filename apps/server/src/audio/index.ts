export * from './activity.ts';
export { planCrop } from './crop-plan.ts';
export * from './format.ts';
export { levelDb, meanSquare } from './level.ts';
export { intersect, mergeSpans, totalMs } from './spans.ts';
export { endSpeech, hearWindow, silentFrom, speakingSince } from './speech-regions.ts';
export { planUtterances } from './utterance-plan.ts';
export { parseWav, wavHeader, wavHeaderBytes } from './wav.ts';
