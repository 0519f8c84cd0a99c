import { finished } from 'node:stream';
import type { Clock, Log } from '../base/index.ts';
import type { App } from './fastify.ts';

/**
 * One line a request: what was asked, how it ended, how long it took (ms).
 *
 * It names the route's pattern and never the address itself, in which ids, names and tokens stand.
 */
export function registerRequestLog(app: App, log: Log, clock: Clock): void {
  app.addHook('onRequest', async (request, reply) => {
    const startedAt = clock.monotonic();
    reply.header('x-request-id', request.id);
    finished(reply.raw, (error) => {
      // Pages and probes read all the time; what changes something or fails is worth a line by default.
      const isRoutine = request.method === 'GET' && reply.raw.statusCode < 400;
      log[isRoutine ? 'debug' : 'info']('request', {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.raw.statusCode,
        ms: Math.round(clock.monotonic() - startedAt),
        userId: request.session?.user.id,
        ...(error ? { isAborted: true } : {}),
      });
    });
  });
}
