import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';
import { isSignedOut, mayPass } from './api/session.ts';
import { routeTree } from './routes.tsx';

/** The router and the query cache, joined: a session that ends anywhere leads to the sign-in page. */
export function createApp() {
  const onError = (error: unknown): void => {
    if (isSignedOut(error)) leave();
  };
  const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // Live events renew what changes; this only spares reading again on the way between pages.
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && mayPass(error),
      },
    },
  });
  const router = createRouter({
    routeTree,
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch,
    context: { queryClient, onSignedOut: () => leave() },
    defaultPreload: 'intent',
    // Whether data is fresh is the query cache's to say.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });

  function leave(): void {
    const { pathname, href } = router.state.location;
    if (pathname === '/login' || pathname === '/setup') return;
    queryClient.clear();
    void router.navigate({ to: '/login', search: { redirect: href } });
  }
  return { queryClient, router };
}

/** Plain values as they are: tokens and words never turn into numbers on the way. */
function stringifySearch(search: Record<string, unknown>): string {
  const set = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' || typeof value === 'number') set.set(name, String(value));
  }
  return set.size > 0 ? `?${set.toString()}` : '';
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createApp>['router'];
  }
}
