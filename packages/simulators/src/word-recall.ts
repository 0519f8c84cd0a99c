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

/**
 * The word error rate: substitutions, insertions and deletions that lead from the reference to what was heard, over the length
 * of the reference. May exceed 1; NaN for an empty reference.
 */
export function wordErrorRate(reference: string, heard: string): number {
  const [expected, found] = [wordsOf(reference), wordsOf(heard)];
  /** Entry j: the errors for the words of the reference so far and the first j of those heard. */
  let row = Array.from({ length: found.length + 1 }, (_, j) => j);
  expected.forEach((word, i) => {
    const next = [i + 1];
    found.forEach((other, j) => {
      const same = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(same, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    });
    row = next;
  });
  return (row.at(-1) ?? 0) / expected.length;
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
