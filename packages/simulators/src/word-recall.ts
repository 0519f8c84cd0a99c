/** The words of a text: lower case, without punctuation, apostrophes within words kept, numbers as they are. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*/gu) ?? [];
}

/**
 * Share of the reference's words that were heard, 0..1, in order: the longest common subsequence of
 * both word lists over the length of the reference. Words heard in excess cost nothing. An empty
 * reference is fully heard. Takes time and memory in proportion to the product and the length of the lists.
 */
export function wordRecall(reference: string, heard: string): number {
  const expected = wordsOf(reference);
  if (expected.length === 0) return 1;
  return longestCommonSubsequence(expected, wordsOf(heard)) / expected.length;
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  /** Entry j: the length for the words of `a` so far and the first j words of `b`. */
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    b.forEach((other, j) => {
      const diagonal = (row[j] ?? 0) + 1;
      next.push(word === other ? diagonal : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}
