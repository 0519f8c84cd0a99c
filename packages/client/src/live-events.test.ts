import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveEvent } from '@friend-lite/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import type { NumberedLiveEvent } from './live-events.ts';

const level = (db: number): LiveEvent => ({
  type: 'level',
  client_id: 'c',
  db,
  is_speech: false,
});
const line = (id: string, event: unknown): string =>
  `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;

const servers: Server[] = [];

/** A server whose n-th connection is handled by the n-th script; the last one handles the rest. */
async function serve(
  ...scripts: readonly ((response: ServerResponse, request: IncomingMessage) => void)[]
) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const script = scripts[Math.min(requests.push(request), scripts.length) - 1];
    script?.(response, request);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const stream = (response: ServerResponse, ...lines: readonly string[]): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': hello\n\n');
  for (const one of lines) response.write(one);
};

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('live events', () => {
  it('resumes after the last event when the connection breaks', async () => {
    const { baseUrl, requests } = await serve(
      (response) => {
        stream(response, line('e-1', level(-1)));
        setTimeout(() => response.destroy(), 20);
      },
      (response) => stream(response, line('e-2', level(-2))),
    );
    const controller = new AbortController();
    const connections: string[] = [];
    const seen: NumberedLiveEvent[] = [];
    for await (const item of createClient({ baseUrl, token: 't' }).liveEvents({
      signal: controller.signal,
      onConnection: (connection) => connections.push(connection),
    })) {
      seen.push(item);
      if (seen.length === 2) controller.abort();
    }

    expect(seen).toEqual([
      { id: 'e-1', event: level(-1) },
      { id: 'e-2', event: level(-2) },
    ]);
    expect(connections).toEqual(['open', 'lost', 'open']);
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'e-1']);
    expect(requests[0]?.headers.authorization).toBe('Bearer t');
  });

  it('leaves out kinds it does not know and lines that are no JSON', async () => {
    const { baseUrl } = await serve((response) =>
      stream(response, line('1', { type: 'rainbow' }), 'data: {oops\n\n', line('2', level(-3))),
    );
    const controller = new AbortController();
    for await (const item of createClient({ baseUrl }).liveEvents({ signal: controller.signal })) {
      expect(item.event).toEqual(level(-3));
      controller.abort();
    }
  });

  it('ends with the error when the server refuses for good', async () => {
    const { baseUrl } = await serve((response) => response.writeHead(401).end());
    const events = createClient({ baseUrl }).liveEvents({ signal: new AbortController().signal });

    await expect(events.next()).rejects.toMatchObject({ status: 401 });
  });

  it('tries again after a failure that may pass', async () => {
    const { baseUrl, requests } = await serve(
      (response) => response.writeHead(503).end(),
      (response) => stream(response, line('1', level(-4))),
    );
    const controller = new AbortController();
    for await (const item of createClient({ baseUrl }).liveEvents({ signal: controller.signal })) {
      expect(item.event).toEqual(level(-4));
      controller.abort();
    }
    expect(requests).toHaveLength(2);
  });

  it('lets go of the connection when the reader stops early', async () => {
    const { baseUrl, requests } = await serve((response) => stream(response, line('1', level(-5))));
    const events = createClient({ baseUrl }).liveEvents({ signal: new AbortController().signal });
    await events.next();
    const closed = new Promise((resolve) => requests[0]?.on('close', resolve));
    await events.return();

    await closed;
  });
});
