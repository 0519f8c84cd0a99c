import type { CloseReason, ConversationBody } from '@friend-lite/contract';

/** `quiet` needs no attention. */
export type Tone = 'live' | 'busy' | 'waiting' | 'problem' | 'quiet';

interface Standing {
  readonly tone: Tone;
  /** A few words for a badge; null when all went well and nothing needs saying. */
  readonly label: string | null;
  /** A sentence on why, and what happens next; null with nothing to add. */
  readonly explanation: string | null;
}

type Stages = ConversationBody['stages'];

/** How a conversation stands, in words for people. */
export function standingOf(conversation: Pick<ConversationBody, 'state' | 'stages'>): Standing {
  switch (conversation.state) {
    case 'processing':
    case 'transcribing':
    case 'active':
      return {
        tone: 'live',
        label: 'Listening',
        explanation:
          'Still open. It closes after a silence, or when you close it on the device page.',
      };
    case 'closing':
      return { tone: 'busy', label: 'Closing', explanation: 'Its words come next.' };
    case 'awaiting-transcriber':
      return {
        tone: 'waiting',
        label: 'Waiting for a recogniser',
        explanation:
          'The sound is safe. It is transcribed by itself as soon as a speech recogniser is available.',
      };
    case 'transcribing-final':
      return { tone: 'busy', label: 'Transcribing', explanation: 'Its words are on the way.' };
    case 'extracting-memories':
      return { tone: 'busy', label: 'Finding memories', explanation: null };
    case 'cropping':
      return { tone: 'busy', label: 'Cutting out silence', explanation: null };
    case 'closed-partial':
      return { tone: 'problem', ...failureOf(conversation.stages) };
    case 'closed':
      return { tone: 'quiet', label: emptinessOf(conversation.stages), explanation: null };
  }
}

function failureOf(stages: Stages): { label: string; explanation: string } {
  if (stages.transcribe.state === 'failed') {
    return {
      label: 'Transcription failed',
      explanation: 'The sound is safe; it has no words yet.',
    };
  }
  if (stages.extract_memories.state === 'failed') {
    return { label: 'Memories failed', explanation: 'Sound and transcript are complete.' };
  }
  return { label: 'Cropping failed', explanation: 'Everything but the cropped sound is complete.' };
}

function emptinessOf({ transcribe, extract_memories: extract }: Stages): string | null {
  if (transcribe.detail === 'silence') return 'No words heard';
  if (extract.detail === 'transcript-too-short') return 'Too short to remember';
  if (extract.detail === 'nothing-to-remember') return 'Nothing to remember';
  return null;
}

/** Why a conversation closed, to follow "Closed". */
export function closeReasonInWords(reason: CloseReason): string {
  switch (reason) {
    case 'timeout':
      return 'after a silence';
    case 'manual':
      return 'by hand';
    case 'stop':
      return 'when the device stopped';
    case 'disconnect':
      return 'after the device was gone too long';
    case 'import':
      return 'before it was brought in';
  }
}

/** What people call a conversation: its title, else what is known of it. */
export function titleOf(
  conversation: Pick<ConversationBody, 'title' | 'state' | 'stages'>,
): string {
  if (conversation.title) return conversation.title;
  if (standingOf(conversation).tone === 'live') return 'Conversation in progress';
  if (conversation.stages.transcribe.detail === 'silence') return 'Sound without words';
  return 'Untitled conversation';
}

/** `1 memory`, `3 memories`. */
export function memoryCountInWords(count: number): string {
  return count === 1 ? '1 memory' : `${count} memories`;
}
