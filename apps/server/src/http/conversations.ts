import {
  clientIdSchema,
  closeConversationSchema,
  conversationListQuerySchema,
  conversationListSchema,
  conversationPageSchema,
  conversationRefSchema,
  groupedConversationsSchema,
  userIdSchema,
  type ClientId,
  type ConversationId,
  type GroupedConversationBody,
  type UserId,
} from '@friend-lite/contract';
import { z } from 'zod';
import { ownerToRead, requireAccess, type Principal } from '../accounts/index.ts';
import { AppError } from '../base/index.ts';
import type { Conversation } from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import { readDetails, readGaps } from './conversation-details.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import {
  conversationBody,
  conversationPageBody,
  groupedConversationBody,
} from './wire/conversation.ts';
import { unixSeconds } from './wire/time.ts';

type ConversationDeps = Pick<
  HttpDeps,
  | 'conversations'
  | 'memories'
  | 'speech'
  | 'personStore'
  | 'captureReader'
  | 'captures'
  | 'devices'
  | 'listening'
  | 'clock'
>;

/** An administrator may name somebody else. */
export const ownerQuerySchema = z.object({ user_id: userIdSchema.optional() });

const listQuerySchema = conversationListQuerySchema.extend(ownerQuerySchema.shape);

/** What was said: lists, pages, and ending a conversation that goes on. */
export function registerConversations(app: App, deps: ConversationDeps): void {
  app.get(
    '/api/conversations',
    {
      schema: {
        querystring: listQuerySchema,
        response: { 200: z.union([conversationListSchema, groupedConversationsSchema]) },
      },
    },
    async (request) => {
      const { query } = request;
      const ownerId = ownerToRead(sessionOf(request).user, query.user_id);
      const { conversations, total } = await deps.conversations.list(ownerId, query);
      return query.group_by === 'client'
        ? { conversations: await groupByClient(deps, conversations) }
        : { conversations: conversations.map(conversationBody), total_count: total };
    },
  );

  app.get(
    '/api/conversations/:conversationId',
    {
      schema: {
        params: z.object({ conversationId: z.string() }),
        querystring: ownerQuerySchema,
        response: { 200: conversationPageSchema },
      },
    },
    async (request) => {
      const ownerId = ownerToRead(sessionOf(request).user, request.query.user_id);
      const conversation = await findConversation(deps, ownerId, request.params.conversationId);
      const [details, versions, gaps] = await Promise.all([
        readDetails(deps, conversation),
        deps.conversations.listTranscripts(ownerId, conversation.id),
        readGaps(deps.captureReader, conversation),
      ]);
      return conversationPageBody(details, versions, gaps);
    },
  );

  app.post(
    '/api/conversations/:clientId/close',
    {
      schema: {
        params: z.object({ clientId: clientIdSchema }),
        response: { 200: closeConversationSchema },
      },
    },
    (request) => close(deps, sessionOf(request).user, request.params.clientId),
  );

  app.post(
    '/api/close_conversation',
    {
      schema: {
        querystring: z.object({ client_id: clientIdSchema }),
        response: { 200: closeConversationSchema },
      },
    },
    (request) => close(deps, sessionOf(request).user, request.query.client_id),
  );
}

/**
 * The conversation of this owner by its id or its audio uuid.
 *
 * @throws AppError `conversation_not_found`, also for what is no id and for somebody else's;
 * `conversation_merged` with the one it is part of now.
 */
export async function findConversation(
  deps: Pick<HttpDeps, 'conversations'>,
  ownerId: UserId,
  reference: string,
): Promise<Conversation> {
  const id = conversationRefSchema.safeParse(reference.toLowerCase());
  const conversation = id.success ? await deps.conversations.find(ownerId, id.data) : null;
  if (!conversation) throw new AppError('conversation_not_found');
  if (conversation.mergedInto) {
    const conversationId = await wholeOf(deps, ownerId, conversation.mergedInto);
    throw new AppError('conversation_merged', { conversationId });
  }
  return conversation;
}

/** Where a merged conversation ended up: what took it in may have been taken in since. */
async function wholeOf(
  deps: Pick<HttpDeps, 'conversations'>,
  ownerId: UserId,
  id: ConversationId,
): Promise<ConversationId> {
  const further = (await deps.conversations.find(ownerId, id))?.mergedInto;
  return further ? wholeOf(deps, ownerId, further) : id;
}

async function groupByClient(
  deps: ConversationDeps,
  conversations: readonly Conversation[],
): Promise<Record<ClientId, GroupedConversationBody[]>> {
  const groups: Record<ClientId, GroupedConversationBody[]> = {};
  for (const conversation of conversations) {
    const body = groupedConversationBody(await readDetails(deps, conversation));
    (groups[conversation.clientId] ??= []).push(body);
  }
  return groups;
}

async function close(
  deps: ConversationDeps,
  principal: Principal,
  clientId: ClientId,
): Promise<z.infer<typeof closeConversationSchema>> {
  const ownerId = await ownerOfDevice(deps, principal, clientId);
  // Whoever may not control the device is not told either whether it exists.
  requireAccess(principal, 'control-device', ownerId);
  if (!ownerId) throw new AppError('client_not_found', { clientId });

  const conversationId = await deps.listening.closeConversation(ownerId, clientId);
  if (!conversationId) {
    const isActive = deps.captures.active(ownerId).some((device) => device.clientId === clientId);
    throw new AppError(isActive ? 'no_open_conversation' : 'client_not_found', { clientId });
  }
  return {
    message: `Successfully closed current conversation for client '${clientId}'`,
    client_id: clientId,
    conversation_id: conversationId,
    timestamp: unixSeconds(deps.clock.now()),
  };
}

/** Client ids are unique within a user only, so one's own device comes first. */
async function ownerOfDevice(
  { devices, captures }: Pick<HttpDeps, 'devices' | 'captures'>,
  principal: Principal,
  clientId: ClientId,
): Promise<UserId | null> {
  const own = await devices.list(principal.id);
  if (own.some((device) => device.clientId === clientId)) return principal.id;
  return captures.active().find((device) => device.clientId === clientId)?.userId ?? null;
}
