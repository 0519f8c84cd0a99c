import {
  activeClientsSchema,
  closeConversationSchema,
  conversationHistorySchema,
  conversationListSchema,
  conversationPageSchema,
  conversationRefSchema,
  memoryListSchema,
  memorySearchSchema,
  type LiveEvent,
} from '@friend-lite/contract';
import type { Fixtures } from './fixtures.ts';

/** What a route answers from the fixtures, checked against the contract; null where there is nothing. `tell` publishes what a change makes happen. */
export function read(
  fixtures: Fixtures,
  route: string,
  query: URLSearchParams,
  tell: (event: LiveEvent) => void,
): unknown {
  const { conversations, devices, user } = fixtures;
  const memories = conversations.flatMap((conversation) => conversation.memories);
  const limit = Number(query.get('limit') ?? 50);
  const offset = Number(query.get('offset') ?? 0);

  if (route === 'GET /api/clients/active') {
    return activeClientsSchema.parse({
      clients: devices,
      active_clients: devices,
      active_clients_count: devices.length,
      total_count: devices.length,
    });
  }
  if (route === 'GET /api/conversations') {
    return conversationListSchema.parse({
      conversations: conversations.slice(offset, offset + limit),
      total_count: conversations.length,
    });
  }
  if (route === 'GET /api/memories') {
    const page = memories.slice(offset, offset + limit);
    return memoryListSchema.parse({
      memories: page,
      count: page.length,
      total_count: memories.length,
      user_id: user.id,
    });
  }
  if (route === 'GET /api/memories/search') {
    const words = (query.get('query') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const results = memories.filter(({ memory }) =>
      words.some((word) => memory.toLowerCase().includes(word)),
    );
    return memorySearchSchema.parse({
      query: query.get('query') ?? '',
      results: results.map((memory, index) => ({ ...memory, score: 1 / (index + 1) })),
      count: results.length,
      user_id: user.id,
    });
  }
  if (/^GET \/api\/conversations\/[^/]+\/history$/.test(route)) {
    return conversationHistorySchema.parse({ edits: [] });
  }
  const close = /^POST \/api\/conversations\/([^/]+)\/close$/.exec(route);
  if (close) return closeConversation(fixtures, close[1]!, tell);
  const one = /^GET \/api\/conversations\/([^/]+)$/.exec(route);
  const id = conversationRefSchema.safeParse(one?.[1]).data;
  const conversation = conversations.find((item) => item.conversation_id === id);
  return conversation ? conversationPageSchema.parse({ conversation }) : null;
}

function closeConversation(
  { devices, conversations }: Fixtures,
  clientId: string,
  tell: (event: LiveEvent) => void,
): unknown {
  const index = devices.findIndex((device) => device.client_id === clientId);
  const device = devices[index];
  const conversation = conversations.find((item) => item.audio_uuid === device?.current_audio_uuid);
  if (!device || !conversation) return null;
  devices[index] = { ...device, current_audio_uuid: null, has_active_conversation: false };
  conversations[conversations.indexOf(conversation)] = {
    ...conversation,
    state: 'transcribing-final',
    close_reason: 'manual',
    ended_at: new Date().toISOString(),
    stages: { ...conversation.stages, transcribe: { state: 'running', detail: null } },
  };
  tell({
    type: 'conversation',
    conversation_id: conversation.conversation_id,
    client_id: clientId,
    state: 'transcribing-final',
  });
  return closeConversationSchema.parse({
    message: `Successfully closed current conversation for client '${clientId}'`,
    client_id: clientId,
    conversation_id: conversation.conversation_id,
    timestamp: Math.floor(Date.now() / 1000),
  });
}
