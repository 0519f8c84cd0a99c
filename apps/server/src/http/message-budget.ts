import type { Clock } from '../base/index.ts';

/** How long a peer may send at twice the allowed rate, as after a pause of its network, s. */
const burstSeconds = 30;

/** A token bucket: what a peer may send in the long run, with room for bursts. */
export interface MessageBudget {
  /** Takes the cost of one message. False: the peer sends too much. */
  spend(): boolean;
}

export function createMessageBudget(perSecond: number, clock: Clock): MessageBudget {
  const capacity = perSecond * burstSeconds;
  let left = capacity;
  let filledAt = clock.monotonic();

  return {
    spend() {
      const now = clock.monotonic();
      left = Math.min(capacity, left + ((now - filledAt) / 1000) * perSecond);
      filledAt = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
