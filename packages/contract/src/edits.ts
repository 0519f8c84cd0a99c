import { z } from 'zod';
import { conversationSchema } from './rest.ts';

/** Bodies of changing conversations. Places are seconds from the start of the conversation's audio. */

export const updateConversationSchema = z
  .object({
    title: z.string().trim().min(1).max(200).optional(),
    /** Kept whatever its age. */
    pinned: z.boolean().optional(),
  })
  .refine(({ title, pinned }) => title !== undefined || pinned !== undefined, 'nothing to change');
export type UpdateConversationBody = z.infer<typeof updateConversationSchema>;

const place = z.number().min(0);

export const splitConversationSchema = z.object({ at_seconds: place });

export const mergeConversationsSchema = z.object({
  /** Ids, or audio uuids. */
  conversation_ids: z.array(z.string()).min(2).max(100),
});

/** What is kept; without a start or an end, from the conversation's own. */
export const trimConversationSchema = z.object({
  start_seconds: place.optional(),
  end_seconds: place.optional(),
});
export type TrimConversationBody = z.infer<typeof trimConversationSchema>;

export const changedConversationSchema = z.object({ conversation: conversationSchema });

/** All that an edit made or restored, in time order. */
export const changedConversationsSchema = z.object({ conversations: z.array(conversationSchema) });

/** What went with a conversation. */
export const deletedConversationSchema = z.object({
  message: z.string(),
  conversation_id: z.string(),
  transcripts: z.int(),
  memories: z.int(),
  cropped_audio: z.boolean(),
  /** Files of up to 60 s of its recordings. */
  audio_segments: z.int(),
});
export const deleteConversationQuerySchema = z.object({
  /** Whether its recordings go, too, as far as no other conversation claims them. */
  delete_audio: z.enum(['true', 'false']).default('false'),
});

/** Latest first. `join` was the server itself, for sound that came late. */
export const conversationHistorySchema = z.object({
  edits: z.array(
    z.object({
      edit_id: z.string(),
      kind: z.enum(['split', 'merge', 'trim', 'join']),
      at: z.iso.datetime(),
      undone_at: z.iso.datetime().nullable(),
      conversations_before: z.array(z.string()),
      conversations_after: z.array(z.string()),
    }),
  ),
});
export type ConversationHistoryBody = z.infer<typeof conversationHistorySchema>;
