import type { Span } from '../audio/index.ts';

/** What becomes of a conversation: it stays, its sound goes, or it goes whole. */
export type Fate = 'keep' | 'drop-sound' | 'drop-whole';

/** A stretch that a conversation claims. */
export interface Claim extends Span {
  readonly fate: Fate;
}

/** Why sound goes. `expired`: of old conversations only; `unclaimed`: of none. */
export type RemovalReason = 'expired' | 'unclaimed';

/** Sound of a conversation that stays is kept with this much before and after it. */
export const contextMs = 5000;

/** A piece that goes, and why. */
export interface Going<Piece, Claimed> {
  readonly piece: Piece;
  readonly reason: RemovalReason;
  /** The claims that lose it; none when it is unclaimed. */
  readonly losers: readonly Claimed[];
}

/**
 * Which pieces of a capture go. Whole pieces only, and never one that a conversation that stays touches or
 * comes within 5 s of: such a one loses no sound. All times are capture time.
 */
export function planRemoval<Piece extends Span, Claimed extends Claim>(
  pieces: readonly Piece[],
  claims: readonly Claimed[],
  { isUnclaimedOver }: { readonly isUnclaimedOver: boolean },
): readonly Going<Piece, Claimed>[] {
  return pieces.flatMap((piece): readonly Going<Piece, Claimed>[] => {
    const near = claims.filter((claim) => isNear(piece, claim));
    if (near.some(({ fate }) => fate === 'keep')) return [];
    if (near.length > 0) return [{ piece, reason: 'expired', losers: near }];
    return isUnclaimedOver ? [{ piece, reason: 'unclaimed', losers: [] }] : [];
  });
}

function isNear(piece: Span, claim: Span): boolean {
  return piece.startMs < claim.endMs + contextMs && piece.endMs > claim.startMs - contextMs;
}

/** What becomes of a conversation under the settings; ages in ms, null: never. */
export function fateOf(
  conversation: {
    readonly phase: 'open' | 'closing' | 'closed';
    readonly endedAt: number | null;
    readonly isPinned: boolean;
  },
  ages: { readonly soundMs: number | null; readonly wholeMs: number | null },
  now: number,
): Fate {
  const { phase, endedAt, isPinned } = conversation;
  if (phase !== 'closed' || endedAt === null || isPinned) return 'keep';
  const isOlderThan = (ageMs: number | null): boolean => ageMs !== null && endedAt < now - ageMs;
  if (isOlderThan(ages.wholeMs)) return 'drop-whole';
  return isOlderThan(ages.soundMs) ? 'drop-sound' : 'keep';
}
