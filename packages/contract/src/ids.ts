import { z } from 'zod';

/** Branded identifiers. An id is branded once, where outside data is parsed; inside, types are trusted. */

/** 24 lower-case hex digits, the shape of a MongoDB ObjectId. */
export const userIdSchema = z
  .string()
  .regex(/^[0-9a-f]{24}$/)
  .brand<'UserId'>();
export type UserId = z.infer<typeof userIdSchema>;

/** `<last 6 hex of the user id>-<sanitised device name>`: one microphone of one user, stable across reconnects. */
export const clientIdSchema = z.string().min(1).max(64).brand<'ClientId'>();
export type ClientId = z.infer<typeof clientIdSchema>;

/** 32 hex digits. */
export const captureIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'CaptureId'>();
export type CaptureId = z.infer<typeof captureIdSchema>;

/** A UUID; the same digits without dashes are the `audio_uuid` of older clients. */
export const conversationIdSchema = z.uuid().brand<'ConversationId'>();
export type ConversationId = z.infer<typeof conversationIdSchema>;

export const transcriptVersionIdSchema = z.uuid().brand<'TranscriptVersionId'>();
export type TranscriptVersionId = z.infer<typeof transcriptVersionIdSchema>;

/** Unique within a user: `<transcript version id>:<index>`. */
export const utteranceIdSchema = z.string().min(1).brand<'UtteranceId'>();
export type UtteranceId = z.infer<typeof utteranceIdSchema>;

/** Somebody who is heard. */
export const personIdSchema = z.uuid().brand<'PersonId'>();
export type PersonId = z.infer<typeof personIdSchema>;

export const memoryIdSchema = z.uuid().brand<'MemoryId'>();
export type MemoryId = z.infer<typeof memoryIdSchema>;

/** One edit of what conversations claim. */
export const editIdSchema = z.uuid().brand<'EditId'>();
export type EditId = z.infer<typeof editIdSchema>;

export const jobIdSchema = z.uuid().brand<'JobId'>();
export type JobId = z.infer<typeof jobIdSchema>;

/** One request that brought files; each of its files is a job of its own. */
export const uploadIdSchema = z.uuid().brand<'UploadId'>();
export type UploadId = z.infer<typeof uploadIdSchema>;

/** Accepts a conversation id or an `audio_uuid` (the same digits without dashes). */
export const conversationRefSchema = z
  .string()
  .transform((text) =>
    /^[0-9a-f]{32}$/.test(text)
      ? `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
      : text,
  )
  .pipe(conversationIdSchema);

/** The `audio_uuid` that older clients use for a conversation. */
export function audioUuidOf(conversationId: ConversationId): string {
  return conversationId.replaceAll('-', '');
}
