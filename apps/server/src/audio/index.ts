export * from './activity.ts';
export { planCrop } from './crop-plan.ts';
export * from './format.ts';
export { levelDb, meanSquare } from './level.ts';
export {
  complement,
  intersect,
  lengthMs,
  mergeSpans,
  overlapping,
  padSpans,
  subtract,
  totalMs,
} from './spans.ts';
export { endSpeech, hearWindow, silentFrom, speakingSince } from './speech-regions.ts';
export { planUtterances } from './utterance-plan.ts';
export { openWavFile } from './wav-file.ts';
export { parseWav, wavHeader, wavHeaderBytes } from './wav.ts';
export {
  lastOggSound,
  maxOggPageBytes,
  movedOggPage,
  oggEnd,
  oggEndBytes,
  oggHead,
  oggHeadBytes,
  oggHeadPages,
  oggPageHeaderBytes,
  oggPages,
  oggPageStartMs,
  readOggPage,
  splitOggPages,
  type OggPage,
  type OggPosition,
} from './ogg-opus.ts';
export { opusPreRollMs, type OpusDecoders, type OpusStream } from './opus-decoding.ts';
export { isLostPacket, lostPacketLike, opusPacketDurationMs } from './opus-packet.ts';
export { createPcmConverter, layoutFrameBytes, type PcmLayout } from './pcm-converter.ts';
