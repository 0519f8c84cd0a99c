export { startDeepgram, type DeepgramFault, type DeepgramSimulator } from './deepgram/index.ts';
export type { UploadSimulator } from './audio-upload/index.ts';
export {
  checkOpus,
  checkPcm,
  frameBytes,
  frameMs,
  missedSpans,
  opusPackets,
  pcmFrame,
  plainDevice,
  seededRandom,
  startFleet,
  stormDrops,
  type DeviceSpec,
  type DeviceTruth,
  type Findings,
} from './fleet/index.ts';
export type { ChatRequest, ModelSimulator } from './language-model/index.ts';
export { startMistral } from './mistral/index.ts';
export { startOllama } from './ollama/index.ts';
export { startOpenAiAudio } from './openai-audio/index.ts';
export { startOpenAiChat } from './openai-chat/index.ts';
export { isInstalled } from './programs.ts';
export { markSound, type ScriptedWord } from './script/index.ts';
export type { Dialogue, DialogueLine } from './speech/dialogue.ts';
export { speakDialogue, type SpokenDialogue, type SpokenLine } from './speech/speak.ts';
export { startSpeakerService } from './speaker-service/index.ts';
export { walkDialogue, walkVoices } from './speech/walk.ts';
export { wordErrorRate, wordRecall, wordsOf } from './word-recall.ts';
export type { WyomingFaults } from './wyoming/faults.ts';
export { pocketSphinxProgram, pocketSphinxRecogniser } from './wyoming/pocketsphinx.ts';
export { scriptedRecogniser } from './wyoming/scripted.ts';
export {
  startWyomingServer,
  type HeardSpeech,
  type Recognise,
  type WyomingServer,
  type WyomingServerOptions,
} from './wyoming/server.ts';
