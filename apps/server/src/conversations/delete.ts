import type { ConversationId, UserId } from '@friend-lite/contract';
import type { ConversationStore, CroppedFiles } from './ports.ts';

/**
 * Removes a conversation: what was remembered of it, its cropped sound, its transcripts and itself. Its
 * recordings stay; nothing claims them any more. Idempotent; false when there was none.
 */
export async function deleteConversation(
  deps: {
    readonly store: Pick<ConversationStore, 'remove'>;
    readonly cropped: Pick<CroppedFiles, 'remove'>;
    /** Removes what was remembered of a conversation. Idempotent. */
    readonly forgetMemories: (userId: UserId, id: ConversationId) => Promise<unknown>;
  },
  userId: UserId,
  id: ConversationId,
): Promise<boolean> {
  // Itself last: stopped half-way, it is still there to be deleted again.
  await deps.forgetMemories(userId, id);
  await deps.cropped.remove(userId, id);
  return deps.store.remove(userId, id);
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
