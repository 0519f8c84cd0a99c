import { access } from 'node:fs/promises';
import { extname, join } from 'node:path';
import files from '@fastify/static';
import { AppError } from '../base/index.ts';
import type { HttpDeps } from './deps.ts';
import { refuseUnknown } from './errors.ts';
import type { App } from './fastify.ts';
import { anyPath, type RouteTable } from './route-table.ts';

const notBuiltPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Friend-Lite</title>
<h1>The dashboard is not built yet</h1>
<p>The server works. To build its dashboard, run <code>npm start</code>, or
<code>npm run build --workspace apps/dashboard</code>, and load this page again.</p>
</html>
`;

/** Where a path without a file is a mistake and not a page of the dashboard. */
const withoutPages = ['/api/', '/auth/', '/audio/', '/assets/'];

/**
 * Serves the dashboard's build. It is one page that draws all others, so every path that a browser navigates
 * to, and that nobody else answers, gets that page.
 */
export async function registerDashboard(
  app: App,
  deps: Pick<HttpDeps, 'dashboardDir'>,
  routes: RouteTable,
): Promise<void> {
  await app.register(files, { root: deps.dashboardDir, serve: false });

  app.get(anyPath, { config: { isOpenBeforeSetup: true } }, async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    if (routes.methodsFor(path).length > 0) refuseUnknown(request, reply, routes);
    if (extname(path) !== '') return reply.sendFile(path, cachingOf(path));

    const isNavigation = request.headers.accept?.includes('text/html') ?? false;
    if (!isNavigation || withoutPages.some((prefix) => path.startsWith(prefix))) {
      throw new AppError('not_found');
    }
    if (await isThere(join(deps.dashboardDir, 'index.html'))) {
      return reply.sendFile('index.html', cachingOf('index.html'));
    }
    return reply.status(503).type('text/html; charset=utf-8').send(notBuiltPage);
  });
}

/** The build puts the hash of their content into the names of its assets; other files keep their name. */
function cachingOf(path: string) {
  return path.startsWith('/assets/')
    ? { maxAge: '365d', immutable: true }
    : { maxAge: 0, immutable: false };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
