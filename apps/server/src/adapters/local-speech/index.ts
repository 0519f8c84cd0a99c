export { localVoiceActivity } from './detector.ts';
export { pocketSphinx } from './pocketsphinx.ts';
