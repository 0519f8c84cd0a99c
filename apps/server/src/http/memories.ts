import {
  memoryListQuerySchema,
  memoryListSchema,
  memorySearchQuerySchema,
  memorySearchSchema,
  type ConversationId,
  type UserId,
} from '@friend-lite/contract';
import { ownerToRead } from '../accounts/index.ts';
import { timelineOf, type Timeline } from '../conversations/index.ts';
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
      const timeline = await timelines(deps, ownerId, memories);
      return {
        memories: memories.map((memory) => memoryBody(memory, timeline(memory))),
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
      const timeline = await timelines(
        deps,
        ownerId,
        found.map(({ memory }) => memory),
      );
      return {
        query: query.query,
        results: found.map(({ memory, score }) => ({
          ...memoryBody(memory, timeline(memory)),
          score,
        })),
        count: found.length,
        user_id: ownerId,
      };
    },
  );
}

/** Where in its conversation a memory is; one whose conversation is gone begins at 0. */
async function timelines(
  deps: MemoryDeps,
  ownerId: UserId,
  memories: readonly Memory[],
): Promise<(memory: Memory) => Pick<Timeline, 'spanFromEpoch'>> {
  const ids = new Set(memories.map(({ provenance }) => provenance.conversationId));
  const found = new Map<ConversationId, Timeline>();
  for (const id of ids) {
    const conversation = await deps.conversations.find(ownerId, id);
    if (conversation) found.set(id, timelineOf(conversation));
  }
  return ({ provenance }) => found.get(provenance.conversationId) ?? startingAt(provenance.startMs);
}

function startingAt(epochMs: number): Pick<Timeline, 'spanFromEpoch'> {
  return {
    spanFromEpoch: ({ startMs, endMs }) => ({ startMs: startMs - epochMs, endMs: endMs - epochMs }),
  };
}
