import {
  conversationVersionsSchema,
  transcriptQuerySchema,
  wholeTranscriptVersionSchema,
} from '@friend-lite/contract';
import { z } from 'zod';
import { ownerToRead } from '../accounts/index.ts';
import { AppError } from '../base/index.ts';
import {
  formatTranscript,
  timelineOf,
  transcriptMediaTypes,
  type Conversation,
  type TranscriptVersion,
} from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import { findConversation, ownerQuerySchema } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { wholeVersionBody } from './wire/conversation.ts';

type TranscriptDeps = Pick<HttpDeps, 'conversations'>;

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
      const timeline = timelineOf(conversation);
      if (format === 'json') return wholeVersionBody(version, timeline);
      reply.type(transcriptMediaTypes[format]);
      reply.header(
        'content-disposition',
        `attachment; filename="conversation-${conversation.id}.${format}"`,
      );
      return formatTranscript(linesOf(version, conversation), format);
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
      return {
        conversation_id: conversation.id,
        active_transcript_version: conversation.activeTranscriptId,
        transcript_versions: versions.map((version) => wholeVersionBody(version, timeline)),
      };
    },
  );
}

function linesOf({ utterances }: TranscriptVersion, conversation: Conversation) {
  const timeline = timelineOf(conversation);
  return utterances.map((utterance) => ({
    ...timeline.spanFromEpoch(utterance),
    text: utterance.text,
    speaker: utterance.speaker,
  }));
}
