import type { ConversationBody } from '@friend-lite/contract';
import type { Tone } from './conversation.ts';

type Stages = ConversationBody['stages'];
type StageName = keyof Stages;
type Stage = Stages[StageName];

export interface StageWords {
  readonly name: string;
  readonly tone: Tone | 'done';
  /** What came of it. */
  readonly outcome: string;
}

export const stageNames: readonly StageName[] = ['transcribe', 'extract_memories', 'crop_audio'];

const names: Record<StageName, string> = {
  transcribe: 'Transcribe',
  extract_memories: 'Find memories',
  crop_audio: 'Cut out silence',
};

/** The details the server gives, in words. A detail that is not here is told by its state alone. */
const details: Readonly<Record<string, string>> = {
  words: 'Transcribed',
  silence: 'No words were heard',
  memories: 'Memories found',
  'nothing-to-remember': 'Read; nothing to remember',
  cropped: 'A version without the silence is ready',
  'no-transcriber': 'Waiting for a speech recogniser; the sound is safe',
  'transcriber-failing': 'The speech recogniser fails; it is asked again later. The sound is safe',
  'no-words': 'Left out: there are no words',
  'transcript-too-short': 'Left out: the transcript is too short',
  'no-speech': 'Left out: there is no speech',
  'no-sound': 'Left out: there are words alone, no sound',
  'transcription-failed': 'Left out: there is no transcript',
  disabled: 'Switched off in the settings',
  'provider-failed': 'The service failed, also when tried again',
  'internal-error': 'Stopped by an internal error',
};

/** One stage of processing and its outcome, in plain words. */
export function stageInWords(name: StageName, stage: Stage): StageWords {
  const known = stage.detail === null ? undefined : details[stage.detail];
  return { name: names[name], tone: toneOf(stage), outcome: known ?? stateInWords(stage.state) };
}

function toneOf({ state }: Stage): StageWords['tone'] {
  switch (state) {
    case 'running':
      return 'busy';
    case 'waiting':
      return 'waiting';
    case 'failed':
      return 'problem';
    case 'done':
      return 'done';
    case 'pending':
    case 'skipped':
      return 'quiet';
  }
}

function stateInWords(state: Stage['state']): string {
  switch (state) {
    case 'pending':
      return 'Not started yet';
    case 'running':
      return 'Under way';
    case 'waiting':
      return 'Waiting';
    case 'done':
      return 'Done';
    case 'skipped':
      return 'Left out';
    case 'failed':
      return 'Failed';
  }
}
