import type { Drop } from './spec.ts';

/** An access point that restarts again and again: all its devices lose the connection at once, and all come back. */
export interface Storm {
  /** Since the first frame, ms: the first restart. */
  readonly afterMs: number;
  readonly rounds: number;
  /** From one restart to the next, ms; longer than `withinMs`. */
  readonly everyMs: number;
  /** They come back within this time, ms, each at a moment of its own. */
  readonly withinMs: number;
}

/** What one device goes through in a storm. */
export function stormDrops(
  { afterMs, rounds, everyMs, withinMs }: Storm,
  leaves: NonNullable<Drop['leaves']>,
  random: () => number,
): readonly Drop[] {
  return Array.from({ length: rounds }, (_, round) => ({
    afterMs: afterMs + round * everyMs,
    forMs: random() * withinMs,
    leaves,
  }));
}
