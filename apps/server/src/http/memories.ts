import {
  memoryListQuerySchema,
  memoryListSchema,
  memorySearchQuerySchema,
  memorySearchSchema,
  type ConversationId,
  type UserId,
} from '@friend-lite/contract';
import { ownerToRead } from '../accounts/index.ts';
import type { Memory } from '../memory/index.ts';
import { sessionOf } from './authentication.ts';
import { ownerQuerySchema } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { memoryBody } from './wire/memory.ts';

type MemoryDeps = Pick<HttpDeps, 'memories' | 'conversations'>;

/** What is remembered: lists and search. */
export function registerMemories(app: App, deps: MemoryDeps): void {
  app.get(
    '/api/memories',
    {
      schema: {
        querystring: memoryListQuerySchema.extend(ownerQuerySchema.shape),
        response: { 200: memoryListSchema },
      },
    },
    async (request) => {
      const { query } = request;
      const ownerId = ownerToRead(sessionOf(request).user, query.user_id);
      const { memories, total } = await deps.memories.list(ownerId, query);
      const startOf = await conversationStarts(deps, ownerId, memories);
      return {
        memories: memories.map((memory) => memoryBody(memory, startOf(memory))),
        count: memories.length,
        total_count: total,
        user_id: ownerId,
      };
    },
  );

  app.get(
    '/api/memories/search',
    {
      schema: {
        querystring: memorySearchQuerySchema.extend(ownerQuerySchema.shape),
        response: { 200: memorySearchSchema },
      },
    },
    async (request) => {
      const { query } = request;
      const ownerId = ownerToRead(sessionOf(request).user, query.user_id);
      const found = await deps.memories.search(ownerId, query.query, query.limit);
      const startOf = await conversationStarts(
        deps,
        ownerId,
        found.map(({ memory }) => memory),
      );
      return {
        query: query.query,
        results: found.map(({ memory, score }) => ({
          ...memoryBody(memory, startOf(memory)),
          score,
        })),
        count: found.length,
        user_id: ownerId,
      };
    },
  );
}

/** When the conversations behind the memories began, epoch ms; a memory whose conversation is gone begins itself. */
async function conversationStarts(
  deps: MemoryDeps,
  ownerId: UserId,
  memories: readonly Memory[],
): Promise<(memory: Memory) => number> {
  const ids = new Set(memories.map(({ provenance }) => provenance.conversationId));
  const starts = new Map<ConversationId, number>();
  for (const id of ids) {
    const conversation = await deps.conversations.find(ownerId, id);
    if (conversation) starts.set(id, conversation.startedAt);
  }
  return ({ provenance }) => starts.get(provenance.conversationId) ?? provenance.startMs;
}
