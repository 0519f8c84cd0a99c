import type { UserId } from '@friend-lite/contract';
import { AppError } from '../base/index.ts';
import type { Gap } from '../capture/index.ts';
import {
  conversationSpeech,
  type Conversation,
  type TranscriptVersion,
} from '../conversations/index.ts';
import type { HttpDeps } from './deps.ts';
import type { ConversationDetails, Speakers } from './wire/conversation.ts';

/** Reads what is shown of a conversation besides itself. */
export async function readDetails(
  deps: Pick<HttpDeps, 'conversations' | 'memories' | 'speech' | 'personStore'>,
  conversation: Conversation,
): Promise<ConversationDetails> {
  const { id, userId, activeTranscriptId } = conversation;
  const [transcript, memories, speech] = await Promise.all([
    activeTranscriptId ? deps.conversations.findTranscript(userId, activeTranscriptId) : null,
    deps.memories.listByConversation(userId, id),
    conversationSpeech(deps.speech, conversation),
  ]);
  const speakers = await readSpeakers(deps, userId, transcript ? [transcript] : []);
  return { conversation, transcript, memories, speech, speakers };
}

/** Whose the utterances of these versions are, as far as somebody said. */
export function readSpeakers(
  deps: Pick<HttpDeps, 'personStore'>,
  userId: UserId,
  versions: readonly TranscriptVersion[],
): Promise<Speakers> {
  const utterances = versions.flatMap((version) => version.utterances.map(({ id }) => id));
  return deps.personStore.speakersOf(userId, utterances);
}

/** Stretches of the conversation of which there is no sound, ms from its start; none when its sound is gone. */
export async function readGaps(
  reader: HttpDeps['captureReader'],
  conversation: Conversation,
): Promise<readonly Gap[]> {
  try {
    return (await reader.openRange(conversation.userId, conversation.ranges)).gaps;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return [];
    throw error;
  }
}
