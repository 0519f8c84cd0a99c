import websocket, { type WebSocket } from '@fastify/websocket';
import { maxSocketMessageBytes, type UserId } from '@friend-lite/contract';
import type { FastifyRequest } from 'fastify';
import type { RawData } from 'ws';
import { z } from 'zod';
import type { Device, Devices } from '../accounts/index.ts';
import { AppError, type Clock, type Log } from '../base/index.ts';
import { closeWith, type Captures, type SocketLink } from '../capture/index.ts';
import type { App } from './fastify.ts';

/** `/ws/ws_pcm`: a mobile app appends `/ws_pcm` to whatever address was typed. */
const paths = ['/ws_pcm', '/ws/ws_pcm'];

const authenticationTimeoutMs = 10_000;

/** How often a peer is asked for a sign of life, and how many it may leave unanswered. */
const pingIntervalMs = 20_000;
const maxMissedPongs = 2;

/** How long a peer may take to answer a close when the server stops. */
const closeHandshakeMs = 2_000;

/**
 * Unsent bytes to a peer that does not read. Overflow policy: further messages to it are dropped; they are
 * all for its information.
 */
const maxUnsentBytes = 64 * 1024;

export interface AudioSocketDeps {
  readonly captures: Pick<Captures, 'connect'>;
  /** Who asks; rejects with an AppError when that cannot be told. */
  readonly authenticate: (request: FastifyRequest) => Promise<{ readonly userId: UserId }>;
  readonly devices: Pick<Devices, 'seen'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Serves the PCM sockets. Every message to a client is one JSON text that ends in a newline. A socket that
 * cannot be authenticated is accepted, told why, and closed with 1008, so that browsers see the reason.
 */
export async function registerAudioSockets(app: App, deps: AudioSocketDeps): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: maxSocketMessageBytes, perMessageDeflate: false },
    // `ws` closes the socket itself (1009 for a frame too large, 1007 for broken text); this only notes it.
    errorHandler: (error) =>
      deps.log.info('audio socket failed', { code: 'code' in error ? String(error.code) : null }),
    preClose(done) {
      closeAll(this.websocketServer.clients, deps.clock);
      done();
    },
  });
  for (const path of paths) {
    app.get(path, { websocket: true }, (socket, request) => serve(socket, request, deps));
  }
}

function serve(socket: WebSocket, request: FastifyRequest, deps: AudioSocketDeps): void {
  const link = linkTo(socket);
  // Until the peer is known nothing is read: what it sends waits in the network's buffers, which are bounded.
  link.pause();
  void identify(request, deps)
    .then((device) => {
      if (socket.readyState !== socket.OPEN) return;
      link.resume();
      attach(socket, link, device, deps);
    })
    .catch((error: unknown) => {
      if (!(error instanceof AppError)) deps.log.error('audio socket not opened', error);
      closeWith(link, refusalOf(error));
    });
}

function attach(
  socket: WebSocket,
  link: SocketLink,
  { userId, clientId, deviceName }: Device,
  { captures, clock }: AudioSocketDeps,
): void {
  const session = captures.connect({ userId, clientId, deviceName, link });
  const noteLife = watchLife(socket, clock);
  socket.on('message', (data: RawData, isBinary: boolean) => {
    noteLife();
    const bytes = bytesOf(data);
    if (isBinary) session.onBinary(bytes);
    else session.onText(bytes.toString('utf8'));
  });
  socket.on('close', (code: number) => session.onClose(code));
}

async function identify(
  request: FastifyRequest,
  { authenticate, devices, clock }: AudioSocketDeps,
): Promise<Device> {
  const { device_name: deviceName } = querySchema.parse(request.query);
  return within(authenticationTimeoutMs, clock, async () => {
    const { userId } = await authenticate(request);
    return devices.seen(userId, deviceName ?? null);
  });
}

/** A repeated or overlong name counts as none. */
const querySchema = z.object({
  device_name: z.string().min(1).max(256).optional().catch(undefined),
});

function within<Result>(
  limitMs: number,
  clock: Clock,
  task: () => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(new AppError('not_ready')));
    task().then(resolve, reject).finally(cancel);
  });
}

/** What the peer hears: any doubt about who it is reads the same, and nothing of an unexpected failure shows. */
function refusalOf(error: unknown): AppError {
  if (!(error instanceof AppError)) return new AppError('internal');
  return error.status === 401 ? new AppError('authentication_failed') : error;
}

function linkTo(socket: WebSocket): SocketLink {
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN || socket.bufferedAmount > maxUnsentBytes) return;
      socket.send(`${JSON.stringify(message)}\n`);
    },
    close(code, reason) {
      // A paused socket would never read the peer's answer.
      socket.resume();
      socket.close(code, reason);
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}

/** Pings the peer and cuts it off when it gives no sign of life. Returns what to call at any other sign. */
function watchLife(socket: WebSocket, clock: Clock): () => void {
  let missedPongs = 0;
  const noteLife = () => {
    missedPongs = 0;
  };
  const beat = () => {
    if (missedPongs >= maxMissedPongs) {
      socket.terminate();
      return;
    }
    // While this side does not read, it cannot see the answer.
    if (!socket.isPaused) {
      missedPongs += 1;
      socket.ping();
    }
    cancel = clock.after(pingIntervalMs, beat);
  };
  let cancel = clock.after(pingIntervalMs, beat);
  socket.on('pong', noteLife);
  socket.on('close', () => cancel());
  return noteLife;
}

/** Never with 1000: a device must not take the end of this process for the end of its recording. */
function closeAll(sockets: Iterable<WebSocket>, clock: Clock): void {
  const open = [...sockets];
  for (const socket of open) {
    socket.resume();
    socket.close(1012);
  }
  clock.after(closeHandshakeMs, () => {
    for (const socket of open) socket.terminate();
  });
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
