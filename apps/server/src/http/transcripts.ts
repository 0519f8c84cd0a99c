import {
  conversationVersionsSchema,
  transcriptQuerySchema,
  wholeTranscriptVersionSchema,
  type SegmentBody,
} from '@friend-lite/contract';
import { z } from 'zod';
import { ownerToRead } from '../accounts/index.ts';
import { AppError } from '../base/index.ts';
import { formatTranscript, timelineOf, transcriptMediaTypes } from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import { readSpeakers } from './conversation-details.ts';
import { findConversation, ownerQuerySchema } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { wholeVersionBody } from './wire/conversation.ts';

type TranscriptDeps = Pick<HttpDeps, 'conversations' | 'personStore'>;

const params = z.object({ conversationId: z.string() });

/** The words of a conversation: to read, and to take away. */
export function registerTranscripts(app: App, deps: TranscriptDeps): void {
  app.get(
    '/api/conversations/:conversationId/transcript',
    {
      schema: {
        params,
        querystring: transcriptQuerySchema.extend(ownerQuerySchema.shape),
        response: { 200: z.union([wholeTranscriptVersionSchema, z.string()]) },
      },
    },
    async (request, reply) => {
      const { format, version: versionId, user_id: namedId } = request.query;
      const ownerId = ownerToRead(sessionOf(request).user, namedId);
      const conversation = await findConversation(deps, ownerId, request.params.conversationId);
      const versions = await deps.conversations.listTranscripts(ownerId, conversation.id);
      const wanted = versionId ?? conversation.activeTranscriptId;
      const version = versions.find(({ id }) => id === wanted);
      if (!version) throw new AppError('transcript_not_found');
      const body = wholeVersionBody(
        version,
        timelineOf(conversation),
        await readSpeakers(deps, ownerId, [version]),
      );
      if (format === 'json') return body;
      reply.type(transcriptMediaTypes[format]);
      reply.header(
        'content-disposition',
        `attachment; filename="conversation-${conversation.id}.${format}"`,
      );
      return formatTranscript(body.segments.map(lineOf), format);
    },
  );

  app.get(
    '/api/conversations/:conversationId/versions',
    {
      schema: {
        params,
        querystring: ownerQuerySchema,
        response: { 200: conversationVersionsSchema },
      },
    },
    async (request) => {
      const ownerId = ownerToRead(sessionOf(request).user, request.query.user_id);
      const conversation = await findConversation(deps, ownerId, request.params.conversationId);
      const versions = await deps.conversations.listTranscripts(ownerId, conversation.id);
      const timeline = timelineOf(conversation);
      const speakers = await readSpeakers(deps, ownerId, versions);
      return {
        conversation_id: conversation.id,
        active_transcript_version: conversation.activeTranscriptId,
        transcript_versions: versions.map((version) =>
          wholeVersionBody(version, timeline, speakers),
        ),
      };
    },
  );
}

function lineOf({ start, end, text, speaker }: SegmentBody) {
  return { startMs: start * 1000, endMs: end * 1000, text, speaker };
}
