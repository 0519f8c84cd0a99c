export { startListening } from './listening.ts';
export { createLiveView } from './live-view.ts';
export { openConversationSound, readSamples } from './sound.ts';
export { enqueueStage, jobKinds, markStageFailed, stageHandlers } from './stage-jobs.ts';
