import type { Span } from '../audio/index.ts';
import { AppError } from '../base/index.ts';
import type { Conversation } from '../conversations/index.ts';
import type { HttpDeps } from './deps.ts';
import type { ConversationDetails } from './wire/conversation.ts';

/** Reads what is shown of a conversation besides itself. */
export async function readDetails(
  deps: Pick<HttpDeps, 'conversations' | 'memories' | 'speech'>,
  conversation: Conversation,
): Promise<ConversationDetails> {
  const { id, userId, activeTranscriptId } = conversation;
  const [transcript, memories, speech] = await Promise.all([
    activeTranscriptId ? deps.conversations.findTranscript(userId, activeTranscriptId) : null,
    deps.memories.listByConversation(userId, id),
    readSpeech(deps.speech, conversation),
  ]);
  return { conversation, transcript, memories, speech };
}

/** Stretches of the conversation's sound that nobody recorded, ms from its start; none when its sound is gone. */
export async function readGaps(
  reader: HttpDeps['captureReader'],
  conversation: Conversation,
): Promise<readonly Span[]> {
  try {
    return (await reader.openRange(conversation.userId, conversation.ranges)).gaps;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return [];
    throw error;
  }
}

/** Where somebody speaks, ms from the conversation's start: its ranges laid end to end. */
async function readSpeech(
  store: HttpDeps['speech'],
  { userId, ranges }: Conversation,
): Promise<readonly Span[]> {
  const speech: Span[] = [];
  let rangeStartMs = 0;
  for (const range of ranges) {
    const shiftMs = rangeStartMs - range.startMs;
    for (const { startMs, endMs } of await store.regions(userId, range.captureId, range)) {
      speech.push({ startMs: startMs + shiftMs, endMs: endMs + shiftMs });
    }
    rangeStartMs += range.endMs - range.startMs;
  }
  return speech;
}
