import {
  changedConversationSchema,
  changedConversationsSchema,
  conversationHistorySchema,
  deleteConversationQuerySchema,
  deletedConversationSchema,
  mergeConversationsSchema,
  splitConversationSchema,
  trimConversationSchema,
  updateConversationSchema,
  type ConversationHistoryBody,
} from '@friend-lite/contract';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import type { Conversation, Edit } from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import { findConversation } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { conversationBody } from './wire/conversation.ts';
import { isoTime } from './wire/time.ts';

type EditDeps = Pick<
  HttpDeps,
  'conversations' | 'annotateConversation' | 'deleteConversation' | 'edits'
>;

const params = z.object({ conversationId: z.string() });

/** Changing conversations: their owner's alone, also where an administrator may read them. */
export function registerConversationEdits(app: App, deps: EditDeps): void {
  const { edits } = deps;

  const own = (
    request: Parameters<typeof sessionOf>[0] & {
      readonly params: { readonly conversationId: string };
    },
  ) => findConversation(deps, sessionOf(request).user.id, request.params.conversationId);

  app.patch(
    '/api/conversations/:conversationId',
    {
      schema: {
        params,
        body: updateConversationSchema,
        response: { 200: changedConversationSchema },
      },
    },
    async (request) => {
      const { id, userId } = await own(request);
      const { title, pinned } = request.body;
      const changed = await deps.annotateConversation(userId, id, {
        ...(title === undefined ? {} : { title }),
        ...(pinned === undefined ? {} : { isPinned: pinned }),
      });
      if (!changed) throw new AppError('conversation_not_found');
      return { conversation: conversationBody(changed) };
    },
  );

  app.delete(
    '/api/conversations/:conversationId',
    {
      schema: {
        params,
        querystring: deleteConversationQuerySchema,
        response: { 200: deletedConversationSchema },
      },
    },
    async (request) => {
      const conversation = await own(request);
      // Speech goes on into it.
      if (conversation.phase === 'open') throw new AppError('conversation_busy');
      const withSound = request.query.delete_audio === 'true';
      const deleted = await deps.deleteConversation(conversation, { withSound });
      if (!deleted) throw new AppError('conversation_not_found');
      return {
        message: 'Conversation deleted',
        conversation_id: conversation.id,
        transcripts: deleted.transcriptCount,
        memories: deleted.memoryCount,
        cropped_audio: deleted.hadCroppedSound,
        audio_segments: deleted.segmentCount,
      };
    },
  );

  app.post(
    '/api/conversations/:conversationId/split',
    {
      schema: {
        params,
        body: splitConversationSchema,
        response: { 200: changedConversationsSchema },
      },
    },
    async (request) => {
      const { id, userId } = await own(request);
      return changedBody(await edits.split(userId, id, milliseconds(request.body.at_seconds)));
    },
  );

  app.post(
    '/api/conversations/merge',
    { schema: { body: mergeConversationsSchema, response: { 200: changedConversationSchema } } },
    async (request) => {
      const userId = sessionOf(request).user.id;
      const found = await Promise.all(
        request.body.conversation_ids.map((id) => findConversation(deps, userId, id)),
      );
      const ids = found.map(({ id }) => id);
      return { conversation: conversationBody(await edits.merge(userId, ids)) };
    },
  );

  app.post(
    '/api/conversations/:conversationId/trim',
    {
      schema: {
        params,
        body: trimConversationSchema,
        response: { 200: changedConversationSchema },
      },
    },
    async (request) => {
      const { id, userId } = await own(request);
      const { start_seconds: start = 0, end_seconds: end = Infinity } = request.body;
      const kept = { startMs: milliseconds(start), endMs: milliseconds(end) };
      return { conversation: conversationBody(await edits.trim(userId, id, kept)) };
    },
  );

  app.post(
    '/api/conversations/:conversationId/undo',
    { schema: { params, response: { 200: changedConversationsSchema } } },
    async (request) => {
      const { id, userId } = await own(request);
      return changedBody(await edits.undo(userId, id));
    },
  );

  app.get(
    '/api/conversations/:conversationId/history',
    { schema: { params, response: { 200: conversationHistorySchema } } },
    async (request) => {
      const { id, userId } = await own(request);
      return { edits: (await edits.history(userId, id)).map(editBody) };
    },
  );
}

function changedBody(conversations: readonly Conversation[]) {
  return {
    conversations: conversations
      .toSorted((a, b) => a.startedAt - b.startedAt)
      .map(conversationBody),
  };
}

function editBody(edit: Edit): ConversationHistoryBody['edits'][number] {
  return {
    edit_id: edit.id,
    kind: edit.kind,
    at: isoTime(edit.at),
    undone_at: edit.undoneAt === null ? null : isoTime(edit.undoneAt),
    conversations_before: edit.before.map(({ id }) => id),
    conversations_after: edit.after.filter(({ mergedInto }) => !mergedInto).map(({ id }) => id),
  };
}

/** Whole ones: as precise as places are told. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
