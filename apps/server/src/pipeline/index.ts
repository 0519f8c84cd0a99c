export { abandonImport, enqueueImport, importAudio, importAudioKind } from './import-audio.ts';
export { createJoining } from './join.ts';
export { startListening } from './listening.ts';
export { createLiveView } from './live-view.ts';
export { openConversationSound, readSamples } from './sound.ts';
export {
  enqueueStage,
  jobKinds,
  markStageFailed,
  noTranscriber,
  stageHandlers,
} from './stage-jobs.ts';
