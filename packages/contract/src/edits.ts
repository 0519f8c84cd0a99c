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
export type DeletedConversationBody = z.infer<typeof deletedConversationSchema>;
export const deleteConversationQuerySchema = z.object({
  /** Whether its recordings go, too, as far as no other conversation claims them. */
  delete_audio: z.enum(['true', 'false']).default('false'),
});

/** The new text of segments, by their ids; an empty one removes the segment. */
export const correctTranscriptSchema = z.object({
  segments: z
    .array(z.object({ segment_id: z.string(), text: z.string().max(10_000) }))
    .min(1)
    .max(1000),
});

export const reprocessTranscriptSchema = z.object({
  /** Who is to hear it: one of the recognisers of `/api/transcribers`. Left out: whoever is asked first. */
  provider: z.string().optional(),
});

export const reprocessedSchema = z.object({
  message: z.string(),
  job_id: z.string(),
  version_id: z.string(),
  status: z.literal('queued'),
});

export const activatedSchema = z.object({
  message: z.string(),
  active_transcript_version: z.string(),
});

/** What two versions say differently, in the order it is said. */
export const transcriptDiffSchema = z.object({
  from_version: z.string(),
  to_version: z.string(),
  changes: z.array(z.object({ kind: z.enum(['same', 'added', 'removed']), text: z.string() })),
});

/**
 * Latest first. `join` was the server itself, for sound that came late; `activate` made another version of the words the
 * active one, and `correct` made one by hand.
 */
export const conversationHistorySchema = z.object({
  edits: z.array(
    z.object({
      edit_id: z.string(),
      kind: z.enum(['split', 'merge', 'trim', 'join', 'activate', 'correct']),
      at: z.iso.datetime(),
      undone_at: z.iso.datetime().nullable(),
      conversations_before: z.array(z.string()),
      conversations_after: z.array(z.string()),
    }),
  ),
});
export type ConversationHistoryBody = z.infer<typeof conversationHistorySchema>;
