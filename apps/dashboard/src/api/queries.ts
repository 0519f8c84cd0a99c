import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';

const conversationsPerPage = 50;
const memoriesPerPage = 50;
const importEveryMs = 1000;

/** What the dashboard reads, each under the key by which live events renew it. */
export const queries = {
  me: queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.me({ signal }),
    staleTime: 5 * 60_000,
  }),

  devices: queryOptions({
    queryKey: ['devices'],
    queryFn: async ({ signal }) => (await api.activeClients({ signal })).clients,
  }),

  conversations: infiniteQueryOptions({
    queryKey: ['conversations'],
    queryFn: ({ signal, pageParam }) =>
      api.conversations({ limit: conversationsPerPage, offset: pageParam }, { signal }),
    initialPageParam: 0,
    getNextPageParam: ({ total_count: total }, _pages, offset) =>
      offset + conversationsPerPage < total ? offset + conversationsPerPage : null,
  }),

  conversation: (id: string) =>
    queryOptions({
      queryKey: ['conversation', id],
      queryFn: ({ signal }) => api.conversation(id, { signal }),
    }),

  /** Below the conversation's own key: what renews one renews the other. */
  conversationHistory: (id: string) =>
    queryOptions({
      queryKey: ['conversation', id, 'history'],
      queryFn: ({ signal }) => api.conversationHistory(id, { signal }),
    }),

  people: queryOptions({
    queryKey: ['people'],
    queryFn: ({ signal }) => api.people({ signal }),
  }),

  memories: infiniteQueryOptions({
    queryKey: ['memories', 'list'],
    queryFn: ({ signal, pageParam }) =>
      api.memories({ limit: memoriesPerPage, offset: pageParam }, { signal }),
    initialPageParam: 0,
    getNextPageParam: ({ total_count: total }, _pages, offset) =>
      offset + memoriesPerPage < total ? offset + memoriesPerPage : null,
  }),

  memorySearch: (query: string) =>
    queryOptions({
      queryKey: ['memories', 'search', query],
      queryFn: ({ signal }) => api.searchMemories({ query, limit: 50 }, { signal }),
    }),

  health: queryOptions({
    queryKey: ['health'],
    queryFn: ({ signal }) => api.health({ signal }),
    refetchInterval: 15_000,
  }),

  /** How a file that came goes on; asked again until that is settled. */
  importJob: (jobId: string) =>
    queryOptions({
      queryKey: ['import', jobId],
      queryFn: ({ signal }) => api.importJob(jobId, { signal }),
      refetchInterval: ({ state }) =>
        state.data?.status === 'completed' || state.data?.status === 'failed'
          ? false
          : importEveryMs,
    }),

  storage: queryOptions({
    queryKey: ['storage'],
    queryFn: ({ signal }) => api.storage({ signal }),
    refetchInterval: 60_000,
  }),

  retention: queryOptions({
    queryKey: ['retention'],
    queryFn: ({ signal }) => api.retentionSettings({ signal }),
  }),
};
