/** What happens to devices often enough that only its number is kept. */
export type IntakeEvent =
  /** A newer socket of a device took the place of one that no longer answered. */
  | 'takeovers'
  /** A second living device of the same name got a client id of its own. */
  | 'namesakes'
  | 'undecodablePackets'
  /** Frames that came before: resent after a reconnect, or repeated by a pendant. */
  | 'repeatedFrames'
  /** Messages that were answered with an error. */
  | 'faultyMessages'
  | 'refusedAuthentications'
  | 'revokedSockets'
  | 'idleSockets'
  | 'floodingSockets'
  | 'slowSockets'
  | 'oversizedMessages'
  | 'refusedSockets';

/** Counts since the process began. */
export interface IntakeCounts {
  add(event: IntakeEvent): void;
  /** By event, zeroes included. */
  all(): Readonly<Record<IntakeEvent, number>>;
}

export function createIntakeCounts(): IntakeCounts {
  const counts: Record<IntakeEvent, number> = {
    takeovers: 0,
    namesakes: 0,
    undecodablePackets: 0,
    repeatedFrames: 0,
    faultyMessages: 0,
    refusedAuthentications: 0,
    revokedSockets: 0,
    idleSockets: 0,
    floodingSockets: 0,
    slowSockets: 0,
    oversizedMessages: 0,
    refusedSockets: 0,
  };
  return {
    add: (event) => (counts[event] += 1),
    all: () => ({ ...counts }),
  };
}
