import type { Clock } from '../base/index.ts';
import type { SocketLink } from './socket-link.ts';

/** Who is connected under the name already. */
export interface Rival {
  readonly link: SocketLink;
  /** Whether there is a device behind its socket; may take longer than anybody waits. */
  isLiving(): Promise<boolean>;
}

/**
 * Finds out which sockets of one name are still alive, when another one comes: a device that lost its network
 * comes back on a new socket while the old one still looks open; a second device of the same name finds
 * the first one answering.
 */
export interface Rivalry {
  /** The newcomers of this name that still wait, oldest first. */
  waiting(name: string): readonly SocketLink[];
  /**
   * Asks all `rivals`, and those who wait themselves, for a sign of life, and waits for `unsettled`, but no
   * longer than 2 s. Resolves with the sockets that gave none. Until then the newcomer is one who waits.
   */
  challenge(
    name: string,
    newcomer: SocketLink,
    rivals: readonly Rival[],
    unsettled: readonly Promise<void>[],
  ): Promise<ReadonlySet<SocketLink>>;
}

/** A little more than a sign of life may take. */
const limitMs = 2_000;

export function createRivalry(clock: Clock): Rivalry {
  const waitingByName = new Map<string, Set<SocketLink>>();
  const waiting = (name: string) => [...(waitingByName.get(name) ?? [])];

  function within(task: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(limitMs, resolve);
      void task.finally(() => {
        cancel();
        resolve();
      });
    });
  }

  return {
    waiting,

    async challenge(name, newcomer, rivals, unsettled) {
      const newcomers = waiting(name).map((link): Rival => ({
        link,
        isLiving: () => link.isAlive(),
      }));
      const asked = [...rivals, ...newcomers];
      const entrants = waitingByName.get(name) ?? new Set<SocketLink>();
      waitingByName.set(name, entrants.add(newcomer));
      const dead = new Set(asked.map(({ link }) => link));
      const answers = asked.map(async (rival) => {
        if (await rival.isLiving()) dead.delete(rival.link);
      });
      await within(Promise.allSettled([...answers, ...unsettled]));
      entrants.delete(newcomer);
      if (entrants.size === 0) waitingByName.delete(name);
      return dead;
    },
  };
}
