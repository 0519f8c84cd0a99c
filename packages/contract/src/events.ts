import { z } from 'zod';
import { captureStateSchema, conversationStateSchema } from './rest.ts';

/**
 * The live view (`GET /api/events`): views of the same records REST serves, never a second truth.
 * Each event belongs to one user and is delivered to that user alone.
 */
export const liveEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('device'),
    client_id: z.string(),
    device_name: z.string(),
    connected: z.boolean(),
    capture_id: z.string().nullable(),
    capture_state: captureStateSchema.nullable(),
  }),
  /** `db`: level of the last 100 ms or so in dBFS, -100..0. */
  z.object({
    type: z.literal('level'),
    client_id: z.string(),
    db: z.number(),
    is_speech: z.boolean(),
  }),
  /**
   * What is being said. A caption replaces every interim one of the device before it; a final one stays. Times are epoch
   * seconds. Without segments: what was shown as interim is not to be shown any more.
   */
  z.object({
    type: z.literal('caption'),
    client_id: z.string(),
    conversation_id: z.string().nullable(),
    start: z.number(),
    end: z.number(),
    is_final: z.boolean(),
    segments: z.array(
      z.object({
        start: z.number(),
        end: z.number(),
        text: z.string(),
        speaker: z.string().nullable(),
      }),
    ),
  }),
  /**
   * How the captions of a device are doing. `shed`: the recogniser fell behind, and what is said now is transcribed later;
   * `no-engine`: so it is, because none that hears live works.
   */
  z.object({
    type: z.literal('captions'),
    client_id: z.string(),
    state: z.enum(['idle', 'connecting', 'live', 'shed', 'no-engine']),
  }),
  z.object({
    type: z.literal('conversation'),
    conversation_id: z.string(),
    client_id: z.string(),
    state: conversationStateSchema,
  }),
  z.object({
    type: z.literal('transcript'),
    conversation_id: z.string(),
    version_id: z.string(),
    segment_count: z.int(),
  }),
  z.object({
    type: z.literal('memory'),
    conversation_id: z.string(),
    memory_count: z.int(),
  }),
  z.object({
    type: z.literal('job'),
    job_id: z.string(),
    kind: z.string(),
    state: z.enum(['queued', 'running', 'waiting', 'done', 'dead']),
  }),
  z.object({
    type: z.literal('health'),
    status: z.enum(['healthy', 'degraded', 'critical']),
  }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
export type LiveEventType = LiveEvent['type'];
