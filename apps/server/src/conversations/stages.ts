import { unreachable } from '../base/index.ts';

/** The steps that follow the close of a conversation, each a job of its own. */
export type StageName = 'transcribe' | 'extractMemories' | 'cropAudio';

export const stageNames = ['transcribe', 'extractMemories', 'cropAudio'] as const;

/**
 * How a step stands. Outcomes are typed: what was done, what was left out and why, what failed for good.
 *
 * `waiting`: held until something outside appears or works again (a transcriber); `failed`: in the dead letters.
 */
export type Stage =
  | { readonly state: 'pending' }
  | { readonly state: 'running' }
  | { readonly state: 'waiting'; readonly reason: WaitReason }
  | { readonly state: 'done'; readonly outcome: DoneOutcome }
  | { readonly state: 'skipped'; readonly reason: SkipReason }
  | { readonly state: 'failed'; readonly reason: FailReason };

export type WaitReason = 'no-transcriber' | 'transcriber-failing';
export type DoneOutcome = 'words' | 'silence' | 'memories' | 'nothing-to-remember' | 'cropped';
export type SkipReason =
  | 'no-words'
  | 'transcript-too-short'
  | 'no-speech'
  | 'no-sound'
  | 'transcription-failed'
  | 'disabled';
export type FailReason = 'provider-failed' | 'internal-error';

export type Stages = Readonly<Record<StageName, Stage>>;

/** Before a conversation is closed: nothing has been asked for yet. */
export const initialStages: Stages = {
  transcribe: { state: 'pending' },
  extractMemories: { state: 'pending' },
  cropAudio: { state: 'pending' },
};

/** Whether a stage will not move again by itself. */
export function isSettled(stage: Stage): boolean {
  switch (stage.state) {
    case 'pending':
    case 'running':
    case 'waiting':
      return false;
    case 'done':
    case 'skipped':
    case 'failed':
      return true;
    default:
      return unreachable(stage);
  }
}
