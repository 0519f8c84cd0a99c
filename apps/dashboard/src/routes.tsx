import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { queries } from './api/queries.ts';
import { isSetupRequired, isSignedOut } from './api/session.ts';
import { LoginPage } from './pages/login-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { UnreachablePage } from './pages/unreachable-page.tsx';
import { Shell } from './shell/shell.tsx';

interface RouterContext {
  readonly queryClient: QueryClient;
  /** Leads to the sign-in page and back here afterwards. */
  readonly onSignedOut: () => void;
}

/** What an address may carry after its `?`, as far as any page reads it. */
interface Search {
  readonly redirect?: unknown;
  readonly token?: unknown;
  readonly t?: unknown;
  readonly q?: unknown;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
});

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search: Search): { redirect?: string | undefined } => ({
    redirect: text(search.redirect),
  }),
  component: LoginPage,
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  validateSearch: (search: Search): { token?: string | undefined } => ({
    token: text(search.token),
  }),
  component: lazyRouteComponent(() => import('./pages/setup-page.tsx'), 'SetupPage'),
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.query({ ...queries.me, staleTime: 'static' });
    } catch (error) {
      // The router takes what is thrown as where to go.
      /* eslint-disable @typescript-eslint/only-throw-error */
      if (isSignedOut(error)) throw redirect({ to: '/login', search: { redirect: location.href } });
      if (isSetupRequired(error)) throw redirect({ to: '/setup' });
      /* eslint-enable @typescript-eslint/only-throw-error */
      throw error;
    }
  },
  component: Shell,
  errorComponent: UnreachablePage,
});

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw redirect({ to: '/devices', replace: true });
  },
});

const devicesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/devices',
  component: lazyRouteComponent(() => import('./pages/devices/devices-page.tsx'), 'DevicesPage'),
});

const conversationsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/conversations',
  component: lazyRouteComponent(
    () => import('./pages/conversations/conversations-page.tsx'),
    'ConversationsPage',
  ),
});

const uploadRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/conversations/upload',
  component: lazyRouteComponent(() => import('./pages/upload/upload-page.tsx'), 'UploadPage'),
});

const conversationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/conversations/$id',
  /** `t`: the moment to go to, seconds from the conversation's start. */
  validateSearch: (search: Search): { t?: number | undefined } => {
    // Text from an address, a number from a link.
    const seconds =
      typeof search.t === 'number' ? search.t : Number.parseFloat(text(search.t) ?? '');
    return { t: Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined };
  },
  component: lazyRouteComponent(
    () => import('./pages/conversation/conversation-page.tsx'),
    'ConversationPage',
  ),
});

const memoriesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/memories',
  validateSearch: (search: Search): { q?: string | undefined } => ({
    q: text(search.q),
  }),
  component: lazyRouteComponent(() => import('./pages/memories/memories-page.tsx'), 'MemoriesPage'),
});

const healthRoute = createRoute({
  getParentRoute: () => shellRoute,
  // `/health` is the server's own answer.
  path: '/status',
  component: lazyRouteComponent(() => import('./pages/health/health-page.tsx'), 'HealthPage'),
});

const keptRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/kept',
  component: lazyRouteComponent(() => import('./pages/kept/kept-page.tsx'), 'KeptPage'),
});

const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people',
  component: lazyRouteComponent(() => import('./pages/people/people-page.tsx'), 'PeoplePage'),
});

export const routeTree = rootRoute.addChildren([
  indexRoute,
  loginRoute,
  setupRoute,
  shellRoute.addChildren([
    devicesRoute,
    conversationsRoute,
    uploadRoute,
    conversationRoute,
    memoriesRoute,
    healthRoute,
    keptRoute,
    peopleRoute,
  ]),
]);
