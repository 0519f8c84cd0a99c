import type { ClientId, UserId } from '@friend-lite/contract';

/** Whose socket it is; one object a socket. */
export interface PlaceHolder {
  readonly userId: UserId;
  /** As the device asked to be called, whatever it was called then. */
  readonly clientId: ClientId;
}

/** How many sockets a user's devices have open. */
export interface SocketPlaces {
  /** False: there is no place for it. */
  take(holder: PlaceHolder): boolean;
  /** Nothing when it has none. */
  leave(holder: PlaceHolder): void;
}

/**
 * A device that lost its network comes back before what it left behind is found to be dead, so the second socket of a
 * name takes no place of its own: otherwise a user whose devices all come back at once would keep them out.
 */
export function createSocketPlaces(maxPerUser: number): SocketPlaces {
  const byUser = new Map<UserId, Map<ClientId, Set<PlaceHolder>>>();

  return {
    take(holder) {
      const { userId, clientId } = holder;
      const byName = byUser.get(userId) ?? new Map<ClientId, Set<PlaceHolder>>();
      const holders = byName.get(clientId) ?? new Set();
      const isSecond = holders.size === 1;
      if (!isSecond && placesTaken(byName) >= maxPerUser) return false;
      byUser.set(userId, byName.set(clientId, holders.add(holder)));
      return true;
    },
    leave(holder) {
      const { userId, clientId } = holder;
      const byName = byUser.get(userId);
      const holders = byName?.get(clientId);
      holders?.delete(holder);
      if (holders?.size === 0) byName?.delete(clientId);
      if (byName?.size === 0) byUser.delete(userId);
    },
  };
}

function placesTaken(byName: ReadonlyMap<ClientId, ReadonlySet<PlaceHolder>>): number {
  return [...byName.values()].reduce((sum, { size }) => sum + Math.max(1, size - 1), 0);
}
