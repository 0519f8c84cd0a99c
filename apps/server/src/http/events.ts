import type { Readable } from 'node:stream';
import type { UserId } from '@friend-lite/contract';
import { requireAccess } from '../accounts/index.ts';
import { AppError } from '../base/index.ts';
import { sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import { openEventStream } from './event-stream.ts';
import type { App } from './fastify.ts';

/** Streams one person may have open at once: their tabs and devices. */
const maxStreamsPerUser = 16;

/** The live view. Everybody sees what is their own. */
export function registerEvents(
  app: App,
  deps: Pick<HttpDeps, 'events' | 'tokens' | 'clock'>,
): void {
  const streams = new Map<UserId, Set<Readable>>();

  app.get('/api/events', { exposeHeadRoute: false }, (request, reply) => {
    const session = sessionOf(request);
    const userId = session.user.id;
    requireAccess(session.user, 'be', userId);
    const ofUser = streams.get(userId) ?? new Set();
    if (ofUser.size >= maxStreamsPerUser) throw new AppError('too_many_requests', { seconds: 15 });

    const lastEventId = request.headers['last-event-id'];
    const stream = openEventStream(
      {
        subscribe: (listener) =>
          deps.events.subscribe(
            userId,
            typeof lastEventId === 'string' ? lastEventId : null,
            listener,
          ),
        isCurrent: () => deps.tokens.isCurrent(session),
      },
      deps.clock,
    );
    streams.set(userId, ofUser.add(stream));
    stream.once('close', () => {
      ofUser.delete(stream);
      if (ofUser.size === 0) streams.delete(userId);
    });
    return reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream);
  });

  // A stream has no end of its own, and its client may not be reading: a server that closes would wait for it.
  app.addHook('preClose', async () => {
    for (const stream of [...streams.values()].flatMap((ofUser) => [...ofUser])) stream.destroy();
  });
}
