/** Where a word was found: places are 0, 1, 2 … in the order memories were added. */
export interface WordHits {
  /** Memories with the word, as a name or in the text. */
  readonly places: readonly number[];
  /** Those of them with the word as a name. */
  readonly asName: readonly number[];
}

/** A name says more about a memory than any other word. */
const nameWeight = 2;

/**
 * The best places for a query, best first; equally good ones newest first. `score`: how much of the best
 * possible match a place is, over 0 and up to 1.
 *
 * BM25 with saturated term frequency (k1 = 0): in statements of one sentence a word repeated, or a few words
 * more, say nothing about relevance. Rare words weigh more, by the inverse document frequency of
 * Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), kept positive.
 *
 * @param total how many places there are.
 */
export function rank(
  words: readonly WordHits[],
  total: number,
  limit: number,
): readonly { readonly place: number; readonly score: number }[] {
  const weights = new Float64Array(total);
  let best = 0;
  for (const { places, asName } of words) {
    const rarity = Math.log(1 + (total - places.length + 0.5) / (places.length + 0.5));
    for (const place of places) weights[place] = (weights[place] ?? 0) + rarity;
    for (const place of asName) {
      weights[place] = (weights[place] ?? 0) + (nameWeight - 1) * rarity;
    }
    best += asName.length > 0 ? nameWeight * rarity : rarity;
  }
  return heaviest(weights, limit).map(({ place, weight }) => ({
    place,
    // Sums of the same numbers in another order may differ in the last bit.
    score: Math.min(1, weight / best),
  }));
}

/** The places that weigh most, of equal ones the later. Keeps no more than `limit` while it looks. */
function heaviest(weights: Float64Array, limit: number) {
  const kept: { readonly place: number; readonly weight: number }[] = [];
  let least = 0;
  for (let place = weights.length - 1; place >= 0; place--) {
    const weight = weights[place] ?? 0;
    if (weight <= least) continue;
    const position = kept.findIndex((other) => other.weight < weight);
    kept.splice(position < 0 ? kept.length : position, 0, { place, weight });
    if (kept.length > limit) kept.pop();
    if (kept.length === limit) least = kept.at(-1)?.weight ?? 0;
  }
  return kept;
}
