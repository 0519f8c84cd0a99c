import {
  activatedSchema,
  changedConversationSchema,
  correctTranscriptSchema,
  reprocessedSchema,
  reprocessTranscriptSchema,
  transcriptDiffSchema,
  transcriptVersionIdSchema,
  utteranceIdSchema,
  type TranscriptVersionId,
} from '@friend-lite/contract';
import { diffWordsWithSpace } from 'diff';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import type { TranscriptVersion } from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import { findConversation } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { unknownTranscriber } from './transcribers.ts';
import { conversationBody } from './wire/conversation.ts';

type ChangeDeps = Pick<HttpDeps, 'conversations' | 'edits' | 'retranscribe' | 'transcribers'>;

const params = z.object({ conversationId: z.string() });
const versionParams = params.extend({ versionId: z.string() });
/** Longer transcripts are not compared word by word to the end: the rest counts as changed. */
const diffLimitMs = 2000;

/** Other versions of the words: made by a recogniser or by hand, compared, chosen. Their owner's alone. */
export function registerTranscriptChanges(app: App, deps: ChangeDeps): void {
  const own = (
    request: Parameters<typeof sessionOf>[0] & {
      readonly params: { readonly conversationId: string };
    },
  ) => findConversation(deps, sessionOf(request).user.id, request.params.conversationId);

  app.post(
    '/api/conversations/:conversationId/reprocess-transcript',
    {
      schema: {
        params,
        body: reprocessTranscriptSchema.nullish(),
        querystring: reprocessTranscriptSchema,
        response: { 200: reprocessedSchema },
      },
    },
    async (request) => {
      const conversation = await own(request);
      const provider = request.body?.provider ?? request.query.provider ?? null;
      const isKnown = deps.transcribers.describe().some(({ name }) => name === provider);
      if (provider !== null && !isKnown) throw unknownTranscriber(deps.transcribers);
      if (conversation.ranges.length === 0) throw new AppError('no_sound');
      if (conversation.phase !== 'closed') throw new AppError('conversation_busy');
      const { job, versionId } = await deps.retranscribe(conversation, provider);
      return {
        message: 'Transcription begins anew',
        job_id: job.id,
        version_id: versionId,
        status: 'queued' as const,
      };
    },
  );

  app.post(
    '/api/conversations/:conversationId/activate-transcript/:versionId',
    { schema: { params: versionParams, response: { 200: activatedSchema } } },
    async (request) => {
      const { id, userId } = await own(request);
      const versionId = versionIdOf(request.params.versionId);
      await deps.edits.activate(userId, id, versionId);
      return { message: 'Transcript activated', active_transcript_version: versionId };
    },
  );

  app.patch(
    '/api/conversations/:conversationId/transcript',
    {
      schema: {
        params,
        body: correctTranscriptSchema,
        response: { 200: changedConversationSchema },
      },
    },
    async (request) => {
      const { id, userId } = await own(request);
      const texts = new Map(
        request.body.segments.map(({ segment_id, text }) => [
          utteranceIdSchema.parse(segment_id),
          text.trim(),
        ]),
      );
      return { conversation: conversationBody(await deps.edits.correct(userId, id, texts)) };
    },
  );

  app.get(
    '/api/conversations/:conversationId/versions/:versionId/diff',
    {
      schema: {
        params: versionParams,
        /** Left out: the active one. */
        querystring: z.object({ against: z.string().optional() }),
        response: { 200: transcriptDiffSchema },
      },
    },
    async (request) => {
      const { id, userId, activeTranscriptId } = await own(request);
      const versions = await deps.conversations.listTranscripts(userId, id);
      const find = (wanted: string | null): TranscriptVersion => {
        const version = versions.find((each) => each.id === wanted);
        if (!version) throw new AppError('transcript_not_found');
        return version;
      };
      const from = find(request.query.against ?? activeTranscriptId);
      const to = find(request.params.versionId);
      return { from_version: from.id, to_version: to.id, changes: changesBetween(from, to) };
    },
  );
}

function changesBetween(from: TranscriptVersion, to: TranscriptVersion) {
  const [before, after] = [textOf(from), textOf(to)];
  const parts = diffWordsWithSpace(before, after, { timeout: diffLimitMs }) ?? [
    { removed: true, added: false, value: before },
    { removed: false, added: true, value: after },
  ];
  return parts.map(({ added, removed, value }) => {
    const kind = added ? ('added' as const) : removed ? ('removed' as const) : ('same' as const);
    return { kind, text: value };
  });
}

function textOf({ utterances }: TranscriptVersion): string {
  return utterances.map(({ text }) => text).join('\n');
}

/** What is no id of a version is the id of none. */
function versionIdOf(text: string): TranscriptVersionId {
  const parsed = transcriptVersionIdSchema.safeParse(text);
  if (!parsed.success) throw new AppError('transcript_not_found');
  return parsed.data;
}
