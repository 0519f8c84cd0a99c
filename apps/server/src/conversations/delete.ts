import type { ConversationId, UserId } from '@friend-lite/contract';
import type { PersonStore } from './people.ts';
import type { Conversation, ConversationStore, CroppedFiles } from './ports.ts';

/** What went with a conversation. */
export interface Deleted {
  readonly transcriptCount: number;
  readonly memoryCount: number;
  readonly hadCroppedSound: boolean;
}

/**
 * Removes a conversation: what was remembered of it, its cropped sound, its transcripts with who said what, and
 * itself, with what was merged into it. Its recordings stay; nothing claims them any more. Idempotent; null when there was none.
 */
export async function deleteConversation(
  deps: {
    readonly store: Pick<ConversationStore, 'find' | 'listTranscripts' | 'remove'>;
    readonly cropped: Pick<CroppedFiles, 'remove'>;
    /** Removes what was remembered of a conversation, and counts it. Idempotent. */
    readonly forgetMemories: (userId: UserId, id: ConversationId) => Promise<number>;
    /** Removes what was heard of it and is in no transcript yet. Idempotent. */
    readonly forgetPieces: (conversation: Conversation) => Promise<void>;
    readonly people: Pick<PersonStore, 'assign'>;
  },
  userId: UserId,
  id: ConversationId,
): Promise<Deleted | null> {
  const { store, cropped, forgetMemories } = deps;
  const conversation = await store.find(userId, id);
  const transcripts = await store.listTranscripts(userId, id);
  // Itself last: stopped half-way, it is still there to be deleted again.
  const memoryCount = await forgetMemories(userId, id);
  await cropped.remove(userId, id);
  const utteranceIds = transcripts.flatMap(({ utterances }) => utterances.map((each) => each.id));
  await deps.people.assign(userId, utteranceIds, null);
  const isRemoved = await store.remove(userId, id);
  // What a job of it wrote meanwhile; one that writes from now on finds it gone.
  const lateMemoryCount = await forgetMemories(userId, id);
  await cropped.remove(userId, id);
  if (conversation) await deps.forgetPieces(conversation);
  if (!conversation || !isRemoved) return null;
  return {
    transcriptCount: transcripts.length,
    memoryCount: memoryCount + lateMemoryCount,
    hadCroppedSound: conversation.croppedSpans !== null,
  };
}

/** Removes the cropped sound of a conversation, and notes that there is none. Idempotent. */
export async function dropCroppedSound(
  deps: {
    readonly store: Pick<ConversationStore, 'update'>;
    readonly cropped: Pick<CroppedFiles, 'remove'>;
  },
  userId: UserId,
  id: ConversationId,
): Promise<void> {
  await deps.store.update(userId, id, (conversation) => ({ ...conversation, croppedSpans: null }));
  await deps.cropped.remove(userId, id);
}
