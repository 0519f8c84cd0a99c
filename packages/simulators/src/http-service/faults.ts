/** What a service takes its faults from. */
export interface FaultSwitch<Fault> {
  /** For the next requests, as many as `times` (default 1), before those that were put in later. */
  next(fault: Fault, times?: number): void;
  /** For every request that no `next` is for; null for none. */
  always(fault: Fault | null): void;
}

/** The switch for those who test, and the other end, which takes the fault of a request that has come in. */
export function createFaults<Kind extends string, Fault extends { readonly on?: Kind }>(
  usualKind: Kind,
): FaultSwitch<Fault> & { take(kind: Kind): Fault | null } {
  let queue: { readonly fault: Fault; left: number }[] = [];
  let lasting: Fault | null = null;

  const isFor = ({ on = usualKind }: Fault, kind: Kind): boolean => on === kind;

  return {
    next(fault, times = 1) {
      queue.push({ fault, left: times });
    },
    always(fault) {
      lasting = fault;
    },
    take(kind) {
      const found = queue.find(({ fault }) => isFor(fault, kind));
      if (found) {
        found.left -= 1;
        queue = queue.filter(({ left }) => left > 0);
        return found.fault;
      }
      return lasting && isFor(lasting, kind) ? lasting : null;
    },
  };
}
