export { assembleTranscript, type AssembledTranscript } from './assemble.ts';
export { measureCoverage } from './coverage.ts';
export { placePiece, type PieceStore, type PlacedPiece, type TranscriptPiece } from './pieces.ts';
export { createTranscriberPool, type ChoosingPool, type TranscriberPool } from './pool.ts';
export * from './live/index.ts';
export * from './ports.ts';
export { transcribeSpeech } from './transcribe.ts';
export { judgeTranscript } from './validation.ts';
export { reduceWordWatch, wellWatched, type WordWatch } from './word-watchdog.ts';
