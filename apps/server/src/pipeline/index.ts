export { startListening, type Listening } from './listening.ts';
export { createLiveView, type LiveView } from './live-view.ts';
export { openConversationSound, readSamples } from './sound.ts';
export { enqueueStage, jobKinds, markStageFailed, stageHandlers } from './stage-jobs.ts';
