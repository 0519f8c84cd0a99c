import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The whole service is away: every connection is reset, is never answered, or is answered with 503. */
export type Outage = 'gone' | 'silent' | 'unavailable';

export interface Listener {
  readonly port: number;
  /** Without a path. */
  readonly url: string;
  outage(): Outage | null;
  /** Takes the whole service away, or with null brings it back. */
  setOutage(kind: Outage | null): void;
  /** Stops listening and breaks every connection. */
  close(): Promise<void>;
}

/**
 * A service over HTTP on loopback, whose connections can be taken away.
 *
 * @param port 0 takes a free one.
 */
export async function listen(
  port: number,
  serve: (message: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  let outage: Outage | null = null;
  const server = createServer((message, response) => {
    // A client that leaves ends its answer.
    serve(message, response).catch(() => message.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (outage === 'gone') socket.resetAndDestroy();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    outage: () => outage,
    setOutage(kind) {
      outage = kind;
      if (kind === 'gone') for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** All of it is read; null when it is more than `maxBytes`. */
export async function bodyOf(
  message: IncomingMessage,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of message) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('request must not be decoded');
    byteCount += chunk.length;
    if (byteCount <= maxBytes) chunks.push(chunk);
  }
  return byteCount <= maxBytes ? Buffer.concat(chunks) : null;
}
