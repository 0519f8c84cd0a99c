import { z } from 'zod';

/** Bodies about disk, retention and deleting. Keys are snake_case, times ISO 8601. */

const days = z.int().min(1).max(36_500).nullable();

/** When a user's data goes; null: never by that rule. `unclaimed_audio_hours`: 0 is never, null the server's. */
export const retentionSettingsSchema = z.object({
  audio_days: days,
  conversations_days: days,
  unclaimed_audio_hours: z.int().min(0).max(876_000).nullable(),
});
export type RetentionSettingsBody = z.infer<typeof retentionSettingsSchema>;

/** What goes now (dry run), or went. */
export const retentionPlanSchema = z.object({
  conversations: z.array(
    z.object({
      conversation_id: z.string(),
      title: z.string().nullable(),
      started_at: z.iso.datetime(),
      /** `whole`: words and memories too; `sound`: only what was recorded. */
      removes: z.enum(['whole', 'sound']),
    }),
  ),
  captures: z.array(
    z.object({
      capture_id: z.string(),
      client_id: z.string(),
      started_at: z.iso.datetime(),
      /** Segments of old conversations, and of none. */
      expired_segments: z.int(),
      unclaimed_segments: z.int(),
      bytes: z.int(),
    }),
  ),
  conversation_count: z.int(),
  segment_count: z.int(),
  bytes: z.int(),
});
export type RetentionPlanBody = z.infer<typeof retentionPlanSchema>;

export const storageSchema = z.object({
  /** Bytes. `flac` is packed PCM. */
  audio: z.object({ pcm: z.int(), flac: z.int(), opus: z.int() }),
  cropped_bytes: z.int(),
  uploads_bytes: z.int(),
  /** Of all users. */
  database_bytes: z.int(),
  free_bytes: z.int(),
  recorded_hours: z.number(),
  /** Null before an hour can be spoken of. */
  audio_bytes_per_hour: z.number().nullable(),
  devices: z.array(
    z.object({
      client_id: z.string(),
      audio_bytes: z.int(),
      recorded_hours: z.number(),
      audio_bytes_per_hour: z.number().nullable(),
    }),
  ),
});
export type StorageBody = z.infer<typeof storageSchema>;

/** What a delete removed. `records` by kind of record. */
export const erasedSchema = z.object({
  user_id: z.string(),
  records: z.record(z.string(), z.int()),
  files: z.int(),
  bytes: z.int(),
});
export type ErasedBody = z.infer<typeof erasedSchema>;

export const captureRemovedSchema = z.object({
  capture_id: z.string(),
  segments_removed: z.int(),
  /** Conversations that stay without this sound. */
  conversations_left: z.int(),
});

/** `path` as `audio_path` gives it, with or without `/audio/` before it. */
export const signAudioSchema = z.object({ path: z.string().min(1).max(500) });
export const signedUrlSchema = z.object({
  /** From the server's root: `/audio/…?expires=…&signature=…`. */
  url: z.string(),
  expires_at: z.iso.datetime(),
});

/** One line of `GET /api/captures/check`: a fault, or how many were looked at so far. */
export const captureCheckLineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('fault'),
    user_id: z.string(),
    capture_id: z.string(),
    segment: z.int(),
    fault: z.enum(['missing', 'left-over', 'size', 'duration', 'header', 'damaged']),
  }),
  z.object({
    type: z.enum(['progress', 'done']),
    captures: z.int(),
    segments: z.int(),
    faults: z.int(),
  }),
]);
export type CaptureCheckLine = z.infer<typeof captureCheckLineSchema>;
