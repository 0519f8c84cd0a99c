import type { LiveEvent, UserId } from '@friend-lite/contract';

/** An event with its place in the order of all events. Ids grow; they start anew with the process. */
export interface NumberedEvent {
  /** `<process start>-<number>`: an id of a former process is recognised as such. */
  readonly id: string;
  readonly event: LiveEvent;
}

/**
 * What happens now, for whoever watches: published after the record it shows was written.
 *
 * Delivery is at most once and in order. `level` events are not kept; of the others the newest
 * `capacity` are, so that a watcher that was away for a moment misses nothing.
 */
export interface LiveEvents {
  publish(userId: UserId, event: LiveEvent): void;
  /**
   * Calls `listener` for each event of this user from now on, after those missed since `lastEventId`
   * (null, or an id that is no longer kept: none). A listener must be quick and not throw.
   * Returns the function that ends it.
   */
  subscribe(
    userId: UserId,
    lastEventId: string | null,
    listener: (event: NumberedEvent) => void,
  ): () => void;
  /** Keeps none of the user's events any longer. */
  forget(userId: UserId): void;
}

interface Kept extends NumberedEvent {
  readonly number: number;
  readonly userId: UserId;
}

/** Events within this process. `epoch` tells its ids from those of other processes. */
export function createLiveEvents(epoch: string, capacity = 1000): LiveEvents {
  const listeners = new Map<UserId, Set<(event: NumberedEvent) => void>>();
  let kept: Kept[] = [];
  let count = 0;

  return {
    publish(userId, event) {
      const numbered = { id: `${epoch}-${++count}`, event };
      if (event.type !== 'level') {
        kept.push({ ...numbered, number: count, userId });
        // Trimmed in strides, so that publishing stays cheap.
        if (kept.length > capacity * 2) kept = kept.slice(-capacity);
      }
      for (const listener of listeners.get(userId) ?? []) listener(numbered);
    },

    subscribe(userId, lastEventId, listener) {
      const lastNumber = numberOf(lastEventId, epoch);
      if (lastNumber !== null) {
        for (const missed of kept) {
          if (missed.userId === userId && missed.number > lastNumber) listener(missed);
        }
      }
      const ofUser = listeners.get(userId) ?? new Set();
      listeners.set(userId, ofUser.add(listener));
      return () => {
        ofUser.delete(listener);
        if (ofUser.size === 0) listeners.delete(userId);
      };
    },

    forget(userId) {
      kept = kept.filter((event) => event.userId !== userId);
    },
  };
}

function numberOf(eventId: string | null, epoch: string): number | null {
  if (!eventId?.startsWith(`${epoch}-`)) return null;
  const number = Number(eventId.slice(epoch.length + 1));
  return Number.isSafeInteger(number) ? number : null;
}
