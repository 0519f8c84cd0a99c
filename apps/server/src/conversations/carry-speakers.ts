import type { PersonId, UtteranceId } from '@friend-lite/contract';
import type { Span } from '../audio/index.ts';
import type { Utterance } from './ports.ts';

/** A recogniser's speaker is a person whom at least so much of their words overlaps, of the words that are somebody's. */
const leastShare = 0.6;

/**
 * Who speaks in another transcript of the same sound: each of its speakers is the person who says most of what they say, where
 * that is clear. An utterance without a speaker goes by itself.
 *
 * @param speakers whose utterances `from` has.
 */
export function carrySpeakers(
  from: readonly Utterance[],
  speakers: ReadonlyMap<UtteranceId, { readonly id: PersonId }>,
  to: readonly Utterance[],
): ReadonlyMap<PersonId, readonly UtteranceId[]> {
  const named = from.flatMap((utterance) => {
    const person = speakers.get(utterance.id);
    return person ? [{ utterance, personId: person.id }] : [];
  });
  const carried = new Map<PersonId, UtteranceId[]>();
  for (const group of Map.groupBy(to, ({ id, speaker }) => speaker ?? id).values()) {
    const shares = new Map<PersonId, number>();
    for (const { utterance, personId } of named) {
      const sharedMs = group.reduce((sum, each) => sum + overlapMs(each, utterance), 0);
      if (sharedMs > 0) shares.set(personId, (shares.get(personId) ?? 0) + sharedMs);
    }
    const total = [...shares.values()].reduce((sum, ms) => sum + ms, 0);
    const [best] = [...shares].sort(([, a], [, b]) => b - a);
    if (!best || best[1] < total * leastShare) continue;
    const ids = group.map(({ id }) => id);
    carried.set(best[0], [...(carried.get(best[0]) ?? []), ...ids]);
  }
  return carried;
}

function overlapMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs));
}
