import type { ConversationHistoryBody, DeletedConversationBody } from '@friend-lite/contract';

type Edit = ConversationHistoryBody['edits'][number];

const deeds: Readonly<Record<Edit['kind'], string>> = {
  split: 'Split in two',
  merge: 'Merged with another',
  trim: 'Trimmed',
  join: 'Joined with sound that came late',
  activate: 'Another transcript chosen',
  correct: 'Transcript corrected',
};

/** What an edit did. */
export function editInWords({ kind, conversations_before: before }: Edit): string {
  return kind === 'merge' && before.length > 2
    ? `Merged with ${before.length - 1} others`
    : deeds[kind];
}

/** What went with a conversation. */
export function deletionInWords(deleted: DeletedConversationBody): string {
  const parts = [
    counted(deleted.transcripts, 'transcript'),
    counted(deleted.memories, 'memory', 'memories'),
    deleted.cropped_audio ? 'the sound without silence' : null,
    deleted.audio_segments > 0 ? 'its recordings' : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'There was nothing else in it.' : `With it went ${listed(parts)}.`;
}

function counted(count: number, one: string, many = `${one}s`): string | null {
  return count === 0 ? null : `${count} ${count === 1 ? one : many}`;
}

function listed(parts: readonly string[]): string {
  return new Intl.ListFormat('en').format(parts);
}
