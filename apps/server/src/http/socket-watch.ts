import type { UserId } from '@friend-lite/contract';
import type { Session } from '../accounts/index.ts';
import { AppError, type Clock, type Log } from '../base/index.ts';
import type { IntakeCounts } from '../capture/index.ts';

/** Sessions are looked at this often; a logout ends their sockets within twice that. */
const lookEveryMs = 1000;

export interface WatchedSocket {
  readonly login: Session;
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
  const sockets = new Set<WatchedSocket>();
  const byUser = new Map<UserId, number>();
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
    for (const socket of sockets) {
      if (now - socket.lastMessageAt() < idleMs) continue;
      counts.add('idleSockets');
      socket.end(new AppError('idle_timeout', { minutes: Math.round(idleMs / 60_000) }));
    }
  }

  async function endRevoked(): Promise<void> {
    const sessions = new Map([...sockets].map(({ login }) => [login.tokenId, login]));
    for (const [tokenId, session] of sessions) {
      if (!(await isRevoked(session))) continue;
      for (const socket of sockets) {
        if (socket.login.tokenId !== tokenId) continue;
        counts.add('revokedSockets');
        socket.end(new AppError('unauthorized'));
      }
    }
  }

  return {
    add(socket) {
      const { id } = socket.login.user;
      const open = byUser.get(id) ?? 0;
      if (open >= maxPerUser) return false;
      byUser.set(id, open + 1);
      sockets.add(socket);
      return true;
    },
    remove(socket) {
      if (!sockets.delete(socket)) return;
      const { id } = socket.login.user;
      const open = (byUser.get(id) ?? 1) - 1;
      if (open > 0) byUser.set(id, open);
      else byUser.delete(id);
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
