import {
  captureIdSchema,
  clientIdSchema,
  closeReasonSchema,
  conversationIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
} from '@friend-lite/contract';
import { z } from 'zod';
import type {
  Conversation,
  Stage,
  TranscriptVersion,
  Utterance,
} from '../../conversations/index.ts';
import { flag, json } from './rows.ts';

/** Each member of a union by its own name, so that one left out fails to compile. */
type Names<Name extends string> = { readonly [Key in Name]: Key };
type StageIn<State extends Stage['state']> = Extract<Stage, { readonly state: State }>;

const waitReasons: Names<StageIn<'waiting'>['reason']> = {
  'no-transcriber': 'no-transcriber',
  'transcriber-failing': 'transcriber-failing',
};
const outcomes: Names<StageIn<'done'>['outcome']> = {
  words: 'words',
  silence: 'silence',
  memories: 'memories',
  'nothing-to-remember': 'nothing-to-remember',
  cropped: 'cropped',
};
const skipReasons: Names<StageIn<'skipped'>['reason']> = {
  'no-words': 'no-words',
  'transcript-too-short': 'transcript-too-short',
  'no-speech': 'no-speech',
  'no-sound': 'no-sound',
  'transcription-failed': 'transcription-failed',
  disabled: 'disabled',
};
const failReasons: Names<StageIn<'failed'>['reason']> = {
  'provider-failed': 'provider-failed',
  'internal-error': 'internal-error',
};

const stage: z.ZodType<Stage> = z.discriminatedUnion('state', [
  z.object({ state: z.literal('pending') }),
  z.object({ state: z.literal('running') }),
  z.object({ state: z.literal('waiting'), reason: z.enum(waitReasons) }),
  z.object({ state: z.literal('done'), outcome: z.enum(outcomes) }),
  z.object({ state: z.literal('skipped'), reason: z.enum(skipReasons) }),
  z.object({ state: z.literal('failed'), reason: z.enum(failReasons) }),
]);

const stages = z.object({ transcribe: stage, extractMemories: stage, cropAudio: stage });

const spans = z.array(z.object({ startMs: z.number(), endMs: z.number() }));

const ranges = z.array(
  z.object({
    captureId: captureIdSchema,
    captureStartedAt: z.number(),
    startMs: z.number(),
    endMs: z.number(),
  }),
);

export const conversationColumns = `c.id, c.user_id AS userId, c.client_id AS clientId,
  c.created_at AS createdAt, c.started_at AS startedAt, c.ended_at AS endedAt, c.phase,
  c.close_reason AS closeReason, c.stages, c.ranges, c.title, c.summary,
  c.active_transcript_id AS activeTranscriptId, c.utterance_count AS utteranceCount,
  c.memory_count AS memoryCount, c.coverage, c.cropped_spans AS croppedSpans, c.revision,
  c.is_pinned AS isPinned, c.merged_into AS mergedInto`;

const plainFields = {
  id: conversationIdSchema,
  userId: userIdSchema,
  clientId: clientIdSchema,
  createdAt: z.number(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  phase: z.enum(['open', 'closing', 'closed']),
  closeReason: closeReasonSchema.nullable(),
  title: z.string().nullable(),
  summary: z.string().nullable(),
  activeTranscriptId: transcriptVersionIdSchema.nullable(),
  utteranceCount: z.int(),
  memoryCount: z.int(),
  coverage: z.number().nullable(),
  revision: z.int(),
  mergedInto: conversationIdSchema.nullable(),
};

export const conversationRow: z.ZodType<Conversation> = z.object({
  ...plainFields,
  stages: json(stages),
  ranges: json(ranges),
  croppedSpans: json(spans).nullable(),
  isPinned: flag,
});

/** A conversation within JSON. */
export const conversationJson: z.ZodType<Conversation> = z.object({
  ...plainFields,
  stages,
  ranges,
  croppedSpans: spans.nullable(),
  isPinned: z.boolean(),
});

export const clientCountRow = z.object({ clientId: clientIdSchema, count: z.int() });

/** A word as [from the start of its utterance, length, text, confidence]: there are many. */
const word = z.tuple([z.number(), z.number(), z.string(), z.number().nullable()]);

const utterance = z
  .object({
    id: utteranceIdSchema,
    startMs: z.number(),
    endMs: z.number(),
    text: z.string(),
    speaker: z.string().nullable(),
    confidence: z.number().nullable(),
    // Transcripts made before words had times have none.
    words: z.array(word).default([]),
    externalId: z.string().exactOptional(),
  })
  .transform((stored): Utterance => ({
    ...stored,
    words: stored.words.map(([fromMs, lengthMs, text, confidence]) => {
      const startMs = stored.startMs + fromMs;
      return { startMs, endMs: startMs + lengthMs, text, confidence };
    }),
  }));

/** As `transcriptRow` reads them. */
export function utterancesJson(utterances: readonly Utterance[]): string {
  const stored = utterances.map(({ words, ...fields }): z.input<typeof utterance> => ({
    ...fields,
    words: words.map(({ startMs, endMs, text, confidence }) => [
      thousandths(startMs - fields.startMs),
      thousandths(endMs - startMs),
      text,
      confidence,
    ]),
  }));
  return JSON.stringify(stored);
}

function thousandths(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

export const transcriptColumns = `id, conversation_id AS conversationId, user_id AS userId, provider,
  model, created_at AS createdAt, outcome, coverage, utterances`;

export const transcriptRow: z.ZodType<TranscriptVersion> = z.object({
  id: transcriptVersionIdSchema,
  conversationId: conversationIdSchema,
  userId: userIdSchema,
  provider: z.string(),
  model: z.string(),
  createdAt: z.number(),
  outcome: z.enum(['words', 'silence']),
  coverage: z.number(),
  utterances: json(z.array(utterance)),
});
