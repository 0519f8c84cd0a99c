import websocket, { type WebSocket } from '@fastify/websocket';
import { authMessageSchema, maxSocketMessageBytes } from '@friend-lite/contract';
import type { FastifyRequest } from 'fastify';
import type { RawData } from 'ws';
import { z } from 'zod';
import type { Devices, Session } from '../accounts/index.ts';
import { AppError, type Clock, type Log } from '../base/index.ts';
import {
  closeWith,
  createHeldSession,
  type Captures,
  type Connection,
  type IntakeCounts,
  type SocketLink,
} from '../capture/index.ts';
import type { App } from './fastify.ts';
import { createMessageBudget } from './message-budget.ts';
import { linkTo, watchLife } from './socket-link.ts';
import { createSocketWatch, type SocketWatch, type WatchedSocket } from './socket-watch.ts';

type Codec = NonNullable<Connection['codec']>;

/**
 * What payloads are on each path where the client says nothing else. Mobile apps ask for `/ws`; one of them
 * appends `/ws_pcm` to whatever address was typed.
 */
const codecs = {
  '/ws': 'opus',
  '/ws_omi': 'opus',
  '/ws/ws_omi': 'opus',
  '/ws_pcm': 'pcm',
  '/ws/ws_pcm': 'pcm',
} as const satisfies Record<string, Codec>;

const authenticationTimeoutMs = 10_000;
/** Sockets that may be without a known peer at a time. Overflow policy: the newest is turned away. */
const maxUnknownPeers = 1000;

/** How long a peer may take to answer a close when the server stops. */
const closeHandshakeMs = 2_000;

export interface AudioSocketLimits {
  readonly maxPerUser: number;
  readonly messagesPerSecond: number;
  /** A socket that sends nothing for this long is closed. */
  readonly idleMs: number;
}

export interface AudioSocketDeps {
  readonly captures: Pick<Captures, 'connect' | 'counts'>;
  /** Who asks, by what the request carries; null when it carries nothing. Rejects with an AppError. */
  readonly authenticate: (request: FastifyRequest) => Promise<Session | null>;
  /** The same by a token that came as the first message. */
  readonly authenticateToken: (token: string) => Promise<Session>;
  readonly isRevoked: (session: Session) => Promise<boolean>;
  readonly devices: Pick<Devices, 'seen'>;
  readonly limits: AudioSocketLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Serves the audio sockets. A socket that cannot be authenticated is accepted, told why, and closed with 1008,
 * so that browsers see the reason.
 */
export async function registerAudioSockets(app: App, deps: AudioSocketDeps): Promise<void> {
  const { counts } = deps.captures;
  const watch = createSocketWatch({ ...deps, ...deps.limits, counts });
  await app.register(websocket, {
    options: { maxPayload: maxSocketMessageBytes, perMessageDeflate: false },
    // `ws` closes the socket itself (1009 for a frame too large, 1007 for broken text); this only notes it.
    errorHandler: (error) => noteFailure(error, counts, deps.log),
    preClose(done) {
      watch.stop();
      closeAll(this.websocketServer.clients, deps.clock);
      done();
    },
  });
  const unknown = new Set<FastifyRequest>();
  for (const [path, codec] of Object.entries(codecs)) {
    app.get(path, { websocket: true, config: { isSocket: true } }, (socket, request) =>
      serve(socket, request, codec, { ...deps, watch, unknown }),
    );
  }
}

interface ServeDeps extends AudioSocketDeps {
  readonly watch: SocketWatch;
  readonly unknown: Set<FastifyRequest>;
}

function serve(socket: WebSocket, request: FastifyRequest, codec: Codec, deps: ServeDeps): void {
  const { captures, clock, limits, watch, unknown } = deps;
  const { counts } = captures;
  const open = linkTo(socket, clock);
  const link: SocketLink = {
    ...open,
    close(code, reason) {
      // The peer may take its time to answer, or be gone; its place is free at once.
      unwatch();
      open.close(code, reason);
    },
  };
  const session = createHeldSession(link, () => {
    counts.add('slowSockets');
    end(new AppError('too_slow'));
  });
  const noteLife = watchLife(socket, clock);
  const budget = createMessageBudget(limits.messagesPerSecond, clock);
  let lastMessageAt = clock.monotonic();
  let isOver = false;
  /** From this side: what the peer had sent does not count any more. */
  let isEnded = false;
  /** Who takes the next message, before it is sound. */
  let onFirst: ((text: string | null) => void) | null = null;
  let watched: WatchedSocket | null = null;

  /** Closes the socket from this side; to capture, its device is lost. */
  function end(error: AppError): void {
    if (isOver) return;
    isEnded = true;
    closeWith(link, error);
    over(1008);
  }

  function unwatch(): void {
    if (watched) watch.remove(watched);
    watched = null;
  }

  function over(code: number): void {
    if (isOver) return;
    isOver = true;
    unknown.delete(request);
    unwatch();
    onFirst = null;
    session.onClose(code);
  }

  function receive(bytes: Buffer, isBinary: boolean): void {
    noteLife();
    if (isOver) return;
    lastMessageAt = clock.monotonic();
    if (!budget.spend()) {
      counts.add('floodingSockets');
      end(new AppError('message_rate_exceeded', { perSecond: limits.messagesPerSecond }));
    } else if (onFirst) {
      onFirst(isBinary ? null : bytes.toString('utf8'));
    } else if (isBinary) {
      session.onBinary(bytes);
    } else {
      session.onText(bytes.toString('utf8'));
    }
  }

  /** The first message; null when it is no text. */
  function firstMessage(): Promise<string | null> {
    return new Promise((resolve) => {
      onFirst = (text) => {
        onFirst = null;
        link.pause();
        resolve(text);
      };
      link.resume();
    });
  }

  socket.on('message', (data: RawData, isBinary: boolean) => receive(bytesOf(data), isBinary));
  socket.on('close', over);
  // Until the peer is known nothing is read: what it sends waits in the network's buffers, which are bounded.
  link.pause();
  if (unknown.size >= maxUnknownPeers) {
    counts.add('refusedSockets');
    end(new AppError('too_many_sockets'));
    return;
  }
  unknown.add(request);
  void identify(request, firstMessage, deps)
    .then(({ login, connection }) => {
      unknown.delete(request);
      if (isEnded || session.isDeserted) return;
      const { clientId } = connection;
      const candidate: WatchedSocket = {
        login,
        clientId,
        lastMessageAt: () => lastMessageAt,
        end,
      };
      if (!watch.add(candidate)) {
        counts.add('refusedSockets');
        end(new AppError('too_many_sockets'));
        return;
      }
      if (isOver) watch.remove(candidate);
      else watched = candidate;
      link.resume();
      session.release(captures.connect({ ...connection, link, codec }));
    })
    .catch((error: unknown) => {
      if (!(error instanceof AppError)) deps.log.error('audio socket not opened', error);
      const refusal = refusalOf(error);
      if (refusal.code === 'authentication_failed' && !isOver) counts.add('refusedAuthentications');
      end(refusal);
    });
}

/** Who connects, and how: from the request, or else from a first message. */
async function identify(
  request: FastifyRequest,
  firstMessage: () => Promise<string | null>,
  { authenticate, authenticateToken, devices, clock }: ServeDeps,
): Promise<{ login: Session; connection: Omit<Connection, 'link' | 'codec'> }> {
  const query = querySchema.parse(request.query);
  let isSilent = false;
  const late = () => new AppError(isSilent ? 'unauthorized' : 'not_ready');
  return within(authenticationTimeoutMs, late, clock, async () => {
    const offered = await authenticate(request);
    isSilent = offered === null;
    const login = offered ?? (await authenticateToken(tokenOf(await firstMessage())));
    isSilent = false;
    const device = await devices.seen(login.user.id, query.device_name ?? null);
    return {
      login,
      connection: {
        userId: device.userId,
        clientId: device.clientId,
        deviceName: device.deviceName,
        hasPendantHeader: query.header === 'omi',
        isNumbered: query.ack === '1',
      },
    };
  });
}

/** What is repeated, overlong or unknown counts as not there. */
const querySchema = z.object({
  device_name: z.string().min(1).max(256).optional().catch(undefined),
  header: z.literal('omi').optional().catch(undefined),
  ack: z.literal('1').optional().catch(undefined),
});

/** @throws AppError `unauthorized` for anything but an `auth` message. */
function tokenOf(text: string | null): string {
  let message: unknown;
  try {
    message = JSON.parse(text ?? '');
  } catch {
    throw new AppError('unauthorized');
  }
  const parsed = authMessageSchema.safeParse(message);
  if (!parsed.success) throw new AppError('unauthorized');
  return parsed.data.data.token;
}

function within<Result>(
  limitMs: number,
  late: () => AppError,
  clock: Clock,
  task: () => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(late()));
    task().then(resolve, reject).finally(cancel);
  });
}

/** What the peer hears: any doubt about who it is reads the same, and nothing of an unexpected failure shows. */
function refusalOf(error: unknown): AppError {
  if (!(error instanceof AppError)) return new AppError('internal');
  return error.status === 401 ? new AppError('authentication_failed') : error;
}

function noteFailure(error: Error, counts: IntakeCounts, log: Log): void {
  const code = 'code' in error ? String(error.code) : null;
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') counts.add('oversizedMessages');
  log.info('audio socket failed', { code });
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
