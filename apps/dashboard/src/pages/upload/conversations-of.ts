import type { ConversationBody, ImportJobBody } from '@friend-lite/contract';

type ImportedFile = Pick<
  ImportJobBody['files'][number],
  'client_id' | 'recorded_at' | 'duration_seconds'
>;
type Conversation = Pick<ConversationBody, 'client_id' | 'started_at' | 'duration_seconds'>;

/** Conversations of the file's device that have of its time, first one first. A job does not name them itself. */
export function conversationsOf<T extends Conversation>(
  file: ImportedFile,
  conversations: readonly T[],
): readonly T[] {
  if (file.recorded_at === null || file.duration_seconds === null) return [];
  const startMs = Date.parse(file.recorded_at);
  const endMs = startMs + file.duration_seconds * 1000;
  return conversations
    .filter((conversation) => {
      const itsStartMs = Date.parse(conversation.started_at);
      const itsEndMs = itsStartMs + conversation.duration_seconds * 1000;
      return conversation.client_id === file.client_id && itsStartMs < endMs && itsEndMs > startMs;
    })
    .toSorted((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at));
}
