/** The steps that follow the close of a conversation, each a job of its own. */
export type StageName = 'transcribe' | 'extractMemories' | 'cropAudio';

/**
 * How a step stands. Outcomes are typed: what was done, what was left out and why, what failed for good.
 *
 * `waiting`: held until something outside appears (a transcriber); `failed`: in the dead letters.
 */
export type Stage =
  | { readonly state: 'pending' }
  | { readonly state: 'running' }
  | { readonly state: 'waiting'; readonly reason: WaitReason }
  | { readonly state: 'done'; readonly outcome: DoneOutcome }
  | { readonly state: 'skipped'; readonly reason: SkipReason }
  | { readonly state: 'failed'; readonly reason: FailReason };

export type WaitReason = 'no-transcriber';
export type DoneOutcome = 'words' | 'silence' | 'memories' | 'nothing-to-remember' | 'cropped';
export type SkipReason = 'no-words' | 'transcript-too-short' | 'no-speech' | 'transcription-failed';
export type FailReason = 'provider-failed' | 'internal-error';

export type Stages = Readonly<Record<StageName, Stage>>;
