import { audioUuidOf, conversationRefSchema, type ConversationId } from '@friend-lite/contract';
import type { Conversation } from '../../conversations/index.ts';
import { unixSeconds } from './time.ts';

/** Which sound of a conversation: as recorded, or without the silence. */
export type SoundKind = 'whole' | 'cropped';

/** The name under `/audio/`: `<unix seconds>_<client id>_<audio uuid>.wav`, `…_cropped.wav`. */
export function audioPathOf(
  conversation: Pick<Conversation, 'id' | 'clientId' | 'startedAt'>,
  kind: SoundKind,
): string {
  const { id, clientId, startedAt } = conversation;
  const suffix = kind === 'cropped' ? '_cropped' : '';
  return `${unixSeconds(startedAt)}_${clientId}_${audioUuidOf(id)}${suffix}.wav`;
}

/** What a name stands for; null when it is none of ours. */
export function parseAudioPath(
  path: string,
): { readonly id: ConversationId; readonly kind: SoundKind } | null {
  const match = /^\d+_.+_([0-9a-f]{32})(_cropped)?\.wav$/u.exec(path);
  const id = conversationRefSchema.safeParse(match?.[1]);
  return id.success ? { id: id.data, kind: match?.[2] ? 'cropped' : 'whole' } : null;
}
