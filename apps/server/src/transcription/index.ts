export type { PieceStore, TranscriptPiece } from './pieces.ts';
export { createTranscriberPool, type TranscriberPool } from './pool.ts';
export * from './ports.ts';
export { transcribeSpeech, type TranscriptionOutcome } from './transcribe.ts';
export { judgeTranscript } from './validation.ts';
