import { z } from 'zod';

/** Bodies of the REST interface. Keys are snake_case, times ISO 8601 unless named otherwise. */

export const errorBodySchema = z.object({
  detail: z.unknown(),
  code: z.string(),
  error: z.string(),
  message: z.string(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

// Accounts

/** Existing tools send booleans as the strings "True" and "False". */
const looseBoolean = z.union([
  z.boolean(),
  z.string().transform((text, context) => {
    const value = { true: true, false: false }[text.toLowerCase()];
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: 'expected a boolean' });
      return z.NEVER;
    }
    return value;
  }),
]);

/** bcrypt reads 72 bytes; longer passwords are refused rather than cut silently. */
export const passwordSchema = z
  .string()
  .min(8, 'a password has at least 8 characters')
  .refine((text) => new TextEncoder().encode(text).length <= 72, 'a password has at most 72 bytes');

export const emailSchema = z.string().trim().toLowerCase().max(254).pipe(z.email());

export const loginFormSchema = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  grant_type: z.literal('password').optional(),
});

export const tokenResponseSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
});

export const createUserSchema = z.object({
  email: emailSchema,
  password: passwordSchema,
  display_name: z.string().trim().max(100).nullish(),
  is_active: looseBoolean.optional(),
  is_superuser: looseBoolean.optional(),
});

/** `id` and `_id` are the same value: older dashboards read either. */
export const userSchema = z.object({
  id: z.string(),
  _id: z.string(),
  email: z.string(),
  display_name: z.string().nullable(),
  is_active: z.boolean(),
  is_superuser: z.boolean(),
  is_verified: z.boolean(),
});
export type UserBody = z.infer<typeof userSchema>;

export const createUserResponseSchema = z.object({
  message: z.string(),
  user_id: z.string(),
  user_email: z.string(),
  user: userSchema,
});

/** How people sign in here, in the shapes of both generations of dashboards. */
export const authConfigSchema = z.object({
  auth_method: z.literal('email'),
  registration_enabled: z.literal(false),
  features: z.object({
    email_login: z.boolean(),
    user_id_login: z.boolean(),
    registration: z.boolean(),
  }),
  auth_methods: z.object({
    email_password: z.boolean(),
    registration: z.boolean(),
    admin_user_creation: z.boolean(),
  }),
  endpoints: z.object({
    jwt_login: z.string(),
    cookie_login: z.string(),
    register: z.null(),
    admin_create_user: z.string(),
  }),
});
export type AuthConfigBody = z.infer<typeof authConfigSchema>;

export const setupStatusSchema = z.object({ setup_required: z.boolean() });
export const setupRequestSchema = z.object({
  token: z.string().min(1),
  email: emailSchema,
  password: passwordSchema,
});

// Health

export const serviceHealthSchema = z.looseObject({
  status: z.string(),
  healthy: z.boolean(),
  critical: z.boolean(),
});
export const healthSchema = z.object({
  status: z.enum(['healthy', 'degraded', 'critical']),
  timestamp: z.int(),
  services: z.record(z.string(), serviceHealthSchema),
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  overall_healthy: z.boolean(),
  critical_services_healthy: z.boolean(),
  setup_required: z.boolean(),
  message: z.string().optional(),
});
export type HealthBody = z.infer<typeof healthSchema>;

/** `timestamp` in Unix seconds. */
export const readinessSchema = z.object({ status: z.literal('ready'), timestamp: z.int() });

export const authHealthSchema = z.object({
  status: z.literal('ok'),
  database: z.literal('ok'),
  memory_service: z.enum(['ok', 'unavailable']),
  timestamp: z.int(),
});

// Devices

export const captureStateSchema = z.enum(['live', 'away', 'ended', 'sealed']);

export const activeClientSchema = z.object({
  client_id: z.string(),
  user_id: z.string(),
  device_name: z.string(),
  connected: z.boolean(),
  connected_at: z.iso.datetime(),
  capture_id: z.string().nullable(),
  capture_state: captureStateSchema.nullable(),
  current_audio_uuid: z.string().nullable(),
  has_active_conversation: z.boolean(),
  conversation_count: z.int(),
});
export type ActiveClientBody = z.infer<typeof activeClientSchema>;
export const activeClientsSchema = z.object({
  clients: z.array(activeClientSchema),
  active_clients: z.array(activeClientSchema),
  active_clients_count: z.int(),
  total_count: z.int(),
});
/** The older `GET /api/active_clients`: keyed by client id. */
export const activeClientsByIdSchema = z.object({
  active_clients_count: z.int(),
  clients: z.record(z.string(), activeClientSchema),
});

// Conversations

export const conversationStateSchema = z.enum([
  'processing',
  'transcribing',
  'active',
  'closing',
  'awaiting-transcriber',
  'transcribing-final',
  'extracting-memories',
  'cropping',
  'closed',
  'closed-partial',
]);
export type ConversationState = z.infer<typeof conversationStateSchema>;

export const closeReasonSchema = z.enum(['timeout', 'manual', 'stop', 'disconnect', 'import']);
export type CloseReason = z.infer<typeof closeReasonSchema>;

/** How one stage of processing stands. `detail` says why, in the words of the outcome type. */
export const stageSchema = z.object({
  state: z.enum(['pending', 'running', 'waiting', 'done', 'skipped', 'failed']),
  detail: z.string().nullable(),
});

export const conversationSchema = z.object({
  conversation_id: z.string(),
  audio_uuid: z.string(),
  client_id: z.string(),
  user_id: z.string(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  duration_seconds: z.number(),
  state: conversationStateSchema,
  close_reason: closeReasonSchema.nullable(),
  stages: z.object({
    transcribe: stageSchema,
    extract_memories: stageSchema,
    crop_audio: stageSchema,
  }),
  title: z.string().nullable(),
  summary: z.string().nullable(),
  /** Null where there are words alone. */
  audio_path: z.string().nullable(),
  cropped_audio_path: z.string().nullable(),
  segment_count: z.int(),
  has_memory: z.boolean(),
  memory_count: z.int(),
  /** Share of the conversation's speech that its active transcript covers, 0..1; null before there is one. */
  coverage: z.number().min(0).max(1).nullable(),
  /** Kept whatever its age. */
  pinned: z.boolean(),
});
export type ConversationBody = z.infer<typeof conversationSchema>;

/** One utterance; `start` and `end` are seconds from the start of the conversation's audio. */
export const segmentSchema = z.object({
  id: z.string(),
  start: z.number(),
  end: z.number(),
  started_at: z.iso.datetime(),
  text: z.string(),
  /** The person's name where somebody gave one, else the recogniser's label; null when nobody knows. */
  speaker: z.string().nullable(),
  person_id: z.string().nullable(),
  confidence: z.number().nullable(),
  /** What it is called where it was brought in from. */
  external_id: z.string().optional(),
});
export type SegmentBody = z.infer<typeof segmentSchema>;

/** With its words, times as the segment's; none where nobody knows when each was said. */
const segmentWithWordsSchema = segmentSchema.extend({
  words: z.array(
    z.object({
      text: z.string(),
      start: z.number(),
      end: z.number(),
      confidence: z.number().nullable(),
    }),
  ),
});

export const captureRangeSchema = z.object({
  capture_id: z.string(),
  /** Seconds of capture time. */
  start: z.number(),
  end: z.number(),
});

export const transcriptVersionSchema = z.object({
  version_id: z.string(),
  provider: z.string(),
  model: z.string(),
  created_at: z.iso.datetime(),
  outcome: z.enum(['words', 'silence']),
  segment_count: z.int(),
});

/** A version with its words. */
export const wholeTranscriptVersionSchema = transcriptVersionSchema.extend({
  /** Share of the conversation's speech that was heard, 0..1. */
  coverage: z.number(),
  transcript: z.string(),
  segments: z.array(segmentWithWordsSchema),
});
export type WholeTranscriptVersionBody = z.infer<typeof wholeTranscriptVersionSchema>;

export const conversationVersionsSchema = z.object({
  conversation_id: z.string(),
  active_transcript_version: z.string().nullable(),
  /** Oldest first. */
  transcript_versions: z.array(wholeTranscriptVersionSchema),
});

export const transcriptQuerySchema = z.object({
  format: z.enum(['json', 'txt', 'srt', 'vtt']).default('json'),
  /** Another version than the active one. */
  version: z.string().optional(),
});

/** Where a memory comes from. Times are seconds from the start of the conversation's audio. */
export const provenanceSchema = z.object({
  conversation_id: z.string(),
  transcript_version_id: z.string(),
  utterance_ids: z.array(z.string()),
  start: z.number(),
  end: z.number(),
  started_at: z.iso.datetime(),
  extractor: z.string(),
  model: z.string().nullable(),
  prompt_revision: z.string(),
});

export const memoryKindSchema = z.enum([
  'fact',
  'preference',
  'commitment',
  'event',
  'person',
  'place',
]);
export type MemoryKind = z.infer<typeof memoryKindSchema>;

export const memorySchema = z.object({
  id: z.string(),
  memory: z.string(),
  kind: memoryKindSchema,
  user_id: z.string(),
  client_id: z.string(),
  conversation_id: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  valid_from: z.iso.datetime(),
  valid_until: z.iso.datetime().nullable(),
  entities: z.array(z.string()),
  provenance: provenanceSchema,
  score: z.number().optional(),
});
export type MemoryBody = z.infer<typeof memorySchema>;

export const conversationPageSchema = z.object({
  conversation: z.object({
    ...conversationSchema.shape,
    transcript: z.string().nullable(),
    segments: z.array(segmentSchema),
    memories: z.array(memorySchema),
    ranges: z.array(captureRangeSchema),
    /** Seconds from the start of the conversation's audio. */
    speech_segments: z.array(z.object({ start: z.number(), end: z.number() })),
    /** Without sound: nobody recorded, or (`removed`) it was removed since. */
    gaps: z.array(
      z.object({ start: z.number(), end: z.number(), removed: z.literal(true).optional() }),
    ),
    /** What the cropped audio keeps: laid end to end, these stretches are that file. Absent: not known. */
    cropped_segments: z.array(z.object({ start: z.number(), end: z.number() })).optional(),
    transcript_versions: z.array(transcriptVersionSchema),
    active_transcript_version: z.string().nullable(),
  }),
});
export type ConversationPageBody = z.infer<typeof conversationPageSchema>;

export const conversationListSchema = z.object({
  conversations: z.array(conversationSchema),
  total_count: z.int(),
});
export const conversationListQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  offset: z.coerce.number().int().min(0).default(0),
  group_by: z.enum(['client']).optional(),
  user_id: z.string().optional(),
});

/** A conversation as older dashboards list it. Times in seconds from the start of its audio. */
export const groupedConversationSchema = z.object({
  ...conversationSchema.shape,
  /** Unix seconds of its start. */
  timestamp: z.int(),
  transcript: z.array(
    z.object({
      speaker: z.string().nullable(),
      text: z.string(),
      start: z.number(),
      end: z.number(),
    }),
  ),
  speakers_identified: z.array(z.string()),
  speech_segments: z.array(z.object({ start: z.number(), end: z.number() })),
  memories: z.array(
    z.object({ memory_id: z.string(), status: z.string(), created_at: z.iso.datetime() }),
  ),
});
export type GroupedConversationBody = z.infer<typeof groupedConversationSchema>;

/** `GET /api/conversations?group_by=client`: by client id, each list newest first. */
export const groupedConversationsSchema = z.object({
  conversations: z.record(z.string(), z.array(groupedConversationSchema)),
});

export const closeConversationSchema = z.object({
  message: z.string(),
  client_id: z.string(),
  conversation_id: z.string(),
  timestamp: z.int(),
});

// Memories

export const memoryListQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  offset: z.coerce.number().int().min(0).default(0),
  user_id: z.string().optional(),
});
export const memoryListSchema = z.object({
  memories: z.array(memorySchema),
  count: z.int(),
  total_count: z.int(),
  user_id: z.string(),
});
export const memorySearchQuerySchema = z.object({
  query: z.string().max(1000),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  user_id: z.string().optional(),
});
export const memorySearchSchema = z.object({
  query: z.string(),
  results: z.array(memorySchema),
  count: z.int(),
  user_id: z.string(),
});

// Uploads

export const importStatusSchema = z.enum(['queued', 'processing', 'completed', 'failed']);
export type ImportStatus = z.infer<typeof importStatusSchema>;

/**
 * What came of the files of a request, in the fields of both generations of upload tools. What was taken is
 * `processing`: its job tells how it goes on.
 */
export const uploadAcceptedSchema = z.object({
  message: z.string(),
  job_id: z.string(),
  status_url: z.string(),
  total_files: z.int(),
  client_id: z.string(),
  files: z.array(
    z.object({
      job_id: z.string(),
      filename: z.string(),
      client_id: z.string(),
      size_bytes: z.int(),
      status: z.enum(['processing', 'error']),
      code: z.string().nullable(),
      error: z.string().nullable(),
      /** Not known before the file was read. */
      audio_uuid: z.null(),
      conversation_id: z.null(),
    }),
  ),
  conversations: z.array(z.never()),
  successful: z.int(),
  failed: z.int(),
  summary: z.object({ total: z.int(), processing: z.int(), failed: z.int() }),
});
export type UploadAcceptedBody = z.infer<typeof uploadAcceptedSchema>;

/** How an upload stands, as a whole and file by file; or one file of it, asked for by its own job. */
export const importJobSchema = z.object({
  job_id: z.string(),
  status: importStatusSchema,
  created_at: z.iso.datetime(),
  progress_percent: z.int().min(0).max(100),
  current_file: z.string().nullable(),
  processed_files: z.int(),
  total_files: z.int(),
  files: z.array(
    z.object({
      job_id: z.string(),
      filename: z.string(),
      client_id: z.string(),
      status: importStatusSchema,
      progress_percent: z.int().min(0).max(100),
      /** Start of its sound; null while that is not known. */
      recorded_at: z.iso.datetime().nullable(),
      duration_seconds: z.number().nullable(),
      capture_id: z.string().nullable(),
      error_code: z.string().nullable(),
      error_message: z.string().nullable(),
    }),
  ),
  error_message: z.string().nullable(),
});
/** A job that is not an import. */
export const jobStatusSchema = z.object({
  job_id: z.string(),
  kind: z.string(),
  status: z.enum(['queued', 'running', 'waiting', 'done', 'dead']),
  created_at: z.iso.datetime(),
  /** Why it waits or failed: a code. */
  note: z.string().nullable(),
});

export type ImportJobBody = z.infer<typeof importJobSchema>;
