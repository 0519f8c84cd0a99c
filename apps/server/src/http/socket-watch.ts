import type { ClientId } from '@friend-lite/contract';
import type { Session } from '../accounts/index.ts';
import { AppError, type Clock, type Log } from '../base/index.ts';
import type { IntakeCounts } from '../capture/index.ts';
import { createSocketPlaces, type PlaceHolder } from './socket-places.ts';

/** Sessions are looked at this often; a logout ends their sockets within twice that. */
const lookEveryMs = 1000;

export interface WatchedSocket {
  readonly login: Session;
  readonly clientId: ClientId;
  /** When it last sent anything, on the monotonic clock. */
  readonly lastMessageAt: () => number;
  /** Tells the peer why, and closes. */
  readonly end: (error: AppError) => void;
}

/** Ends sockets whose session was revoked or that send nothing, with one timer for all. */
export interface SocketWatch {
  /** False: the user has as many sockets as one may have. */
  add(socket: WatchedSocket): boolean;
  remove(socket: WatchedSocket): void;
  stop(): void;
}

/** A session that ran out goes on: only logout and the end of its user count. */
export function createSocketWatch({
  isRevoked,
  maxPerUser,
  idleMs,
  counts,
  clock,
  log,
}: {
  readonly isRevoked: (session: Session) => Promise<boolean>;
  readonly maxPerUser: number;
  readonly idleMs: number;
  readonly counts: IntakeCounts;
  readonly clock: Clock;
  readonly log: Log;
}): SocketWatch {
  const places = createSocketPlaces(maxPerUser);
  const sockets = new Map<WatchedSocket, PlaceHolder>();
  let isStopped = false;
  let cancel = clock.after(lookEveryMs, look);

  function look(): void {
    endIdle();
    void endRevoked()
      .catch((error: unknown) => log.error('sessions of sockets not checked', error))
      .finally(() => {
        if (!isStopped) cancel = clock.after(lookEveryMs, look);
      });
  }

  function endIdle(): void {
    const now = clock.monotonic();
    for (const socket of sockets.keys()) {
      if (now - socket.lastMessageAt() < idleMs) continue;
      counts.add('idleSockets');
      socket.end(new AppError('idle_timeout', { minutes: Math.round(idleMs / 60_000) }));
    }
  }

  async function endRevoked(): Promise<void> {
    const sessions = new Map([...sockets.keys()].map(({ login }) => [login.tokenId, login]));
    for (const [tokenId, session] of sessions) {
      if (!(await isRevoked(session))) continue;
      for (const socket of sockets.keys()) {
        if (socket.login.tokenId !== tokenId) continue;
        counts.add('revokedSockets');
        socket.end(new AppError('unauthorized'));
      }
    }
  }

  return {
    add(socket) {
      const { login, clientId } = socket;
      const holder = { userId: login.user.id, clientId };
      if (!places.take(holder)) return false;
      sockets.set(socket, holder);
      return true;
    },
    remove(socket) {
      const holder = sockets.get(socket);
      if (holder) places.leave(holder);
      sockets.delete(socket);
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
