import type { CloseReason, ConversationState } from '@friend-lite/contract';
import { unreachable } from '../base/index.ts';
import type { Conversation } from './ports.ts';
import {
  initialStages,
  isSettled,
  stageNames,
  type DoneOutcome,
  type FailReason,
  type SkipReason,
  type Stage,
  type StageName,
  type Stages,
  type WaitReason,
} from './stages.ts';

/**
 * The conversation's state machine (design: `processing → … → closing → transcribing-final →
 * extracting-memories → cropping → closed`), as a pure function. Stages run as jobs of their own and fail
 * alone, so the machine keeps one small state per stage and the public state is read off them.
 */

/** The part of a conversation the machine moves. */
export type Lifecycle = Pick<Conversation, 'phase' | 'closeReason' | 'stages'>;

export type LifecycleEvent =
  | { readonly type: 'close'; readonly reason: CloseReason }
  | { readonly type: 'stage-started'; readonly stage: StageName }
  | { readonly type: 'stage-waiting'; readonly stage: StageName; readonly reason: WaitReason }
  | { readonly type: 'stage-failed'; readonly stage: StageName; readonly reason: FailReason }
  | { readonly type: 'transcribed'; readonly verdict: TranscriptVerdict }
  | {
      readonly type: 'memories-extracted';
      readonly outcome: Extract<DoneOutcome, 'memories' | 'nothing-to-remember'>;
    }
  | {
      readonly type: 'audio-cropped';
      readonly outcome: 'cropped' | Extract<SkipReason, 'no-speech' | 'no-sound' | 'disabled'>;
    };

/** What came out of transcription: words worth reading, too few of them, or none. */
export type TranscriptVerdict = 'words' | 'too-short' | 'silence';

/** Asks for a job of this stage. Jobs are keyed, so asking twice asks once. */
export interface LifecycleEffect {
  readonly type: 'enqueue';
  readonly stage: StageName;
}

export interface LifecycleStep {
  readonly lifecycle: Lifecycle;
  readonly effects: readonly LifecycleEffect[];
}

/** A conversation that has just opened. */
export const opened: Lifecycle = { phase: 'open', closeReason: null, stages: initialStages };

/**
 * Moves the machine. Events that do not apply to the state (a second close, a result that is already
 * known) change nothing and ask for nothing, so that repeating one is harmless.
 */
export function reduceLifecycle(lifecycle: Lifecycle, event: LifecycleEvent): LifecycleStep {
  if (lifecycle.phase === 'open') {
    return event.type === 'close' ? close(event.reason) : unchanged(lifecycle);
  }
  switch (event.type) {
    case 'close':
      return unchanged(lifecycle);
    case 'stage-started':
      return start(lifecycle, event.stage);
    case 'stage-waiting':
      return move(lifecycle, event.stage, { state: 'waiting', reason: event.reason });
    case 'stage-failed':
      return fail(lifecycle, event.stage, event.reason);
    case 'transcribed':
      return transcribed(lifecycle, event.verdict);
    case 'memories-extracted':
      return move(lifecycle, 'extractMemories', { state: 'done', outcome: event.outcome });
    case 'audio-cropped':
      return move(
        lifecycle,
        'cropAudio',
        event.outcome === 'cropped'
          ? { state: 'done', outcome: 'cropped' }
          : { state: 'skipped', reason: event.outcome },
      );
    default:
      return unreachable(event);
  }
}

/**
 * The jobs a conversation in this state must have: what a restart asks for again. Memories are extracted
 * only from a transcript, so that job is asked for once there is one.
 */
export function owedEffects(lifecycle: Lifecycle): readonly LifecycleEffect[] {
  if (lifecycle.phase !== 'closing') return [];
  return stageNames
    .filter((stage) => !isSettled(lifecycle.stages[stage]))
    .filter((stage) => stage !== 'extractMemories' || hasWords(lifecycle.stages.transcribe))
    .map((stage) => ({ type: 'enqueue', stage }));
}

/** Whether what it claims may be changed: it is over, and no job of it runs. Jobs that wait are asked for anew. */
export function isEditable({ phase, stages }: Lifecycle): boolean {
  return phase !== 'open' && stageNames.every((name) => stages[name].state !== 'running');
}

/** The one word people see. */
export function stateOf(
  conversation: Lifecycle & Pick<Conversation, 'utteranceCount'>,
): ConversationState {
  const { phase, stages } = conversation;
  if (phase === 'open') return conversation.utteranceCount > 0 ? 'active' : 'processing';
  if (phase === 'closed') {
    return stageNames.some((name) => stages[name].state === 'failed') ? 'closed-partial' : 'closed';
  }
  if (stages.transcribe.state === 'waiting') return 'awaiting-transcriber';
  if (stages.transcribe.state === 'pending') return 'closing';
  if (!isSettled(stages.transcribe)) return 'transcribing-final';
  if (!isSettled(stages.extractMemories)) return 'extracting-memories';
  return 'cropping';
}

function unchanged(lifecycle: Lifecycle): LifecycleStep {
  return { lifecycle, effects: [] };
}

function close(reason: CloseReason): LifecycleStep {
  return {
    lifecycle: { phase: 'closing', closeReason: reason, stages: initialStages },
    effects: [
      { type: 'enqueue', stage: 'transcribe' },
      { type: 'enqueue', stage: 'cropAudio' },
    ],
  };
}

/** A stage runs, for the first time or again out of the dead letters. A result already there is kept. */
function start(lifecycle: Lifecycle, name: StageName): LifecycleStep {
  const stage = lifecycle.stages[name];
  if (stage.state === 'done' || stage.state === 'skipped') return unchanged(lifecycle);
  const stages: Stages = { ...lifecycle.stages, [name]: { state: 'running' } };
  const revived = name === 'transcribe' && isSkippedForFailedTranscript(stages.extractMemories);
  return settle(lifecycle, revived ? { ...stages, extractMemories: { state: 'pending' } } : stages);
}

function move(lifecycle: Lifecycle, name: StageName, next: Stage): LifecycleStep {
  const current = lifecycle.stages[name];
  if (current.state === 'done' || current.state === 'skipped') return unchanged(lifecycle);
  return settle(lifecycle, { ...lifecycle.stages, [name]: next });
}

function fail(lifecycle: Lifecycle, name: StageName, reason: FailReason): LifecycleStep {
  const failed = move(lifecycle, name, { state: 'failed', reason });
  return name === 'transcribe' && failed.lifecycle !== lifecycle
    ? move(failed.lifecycle, 'extractMemories', {
        state: 'skipped',
        reason: 'transcription-failed',
      })
    : failed;
}

function transcribed(lifecycle: Lifecycle, verdict: TranscriptVerdict): LifecycleStep {
  const { lifecycle: done } = move(lifecycle, 'transcribe', {
    state: 'done',
    outcome: verdict === 'silence' ? 'silence' : 'words',
  });
  switch (verdict) {
    case 'words':
      return {
        lifecycle: done,
        effects: isSettled(done.stages.extractMemories)
          ? []
          : [{ type: 'enqueue', stage: 'extractMemories' }],
      };
    case 'too-short':
      return move(done, 'extractMemories', { state: 'skipped', reason: 'transcript-too-short' });
    case 'silence':
      return move(done, 'extractMemories', { state: 'skipped', reason: 'no-words' });
    default:
      return unreachable(verdict);
  }
}

/** Closed when no stage is left to run; closing again when one was revived. */
function settle(lifecycle: Lifecycle, stages: Stages): LifecycleStep {
  const isClosed = stageNames.every((name) => isSettled(stages[name]));
  return unchanged({ ...lifecycle, stages, phase: isClosed ? 'closed' : 'closing' });
}

function hasWords(stage: Stage): boolean {
  return stage.state === 'done' && stage.outcome === 'words';
}

function isSkippedForFailedTranscript(stage: Stage): boolean {
  return stage.state === 'skipped' && stage.reason === 'transcription-failed';
}
