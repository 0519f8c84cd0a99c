import { createHash } from 'node:crypto';

/** A vector of length 1 of the words in a text: texts that share words, but for endings, are near each other. */
export function wordVector(text: string, dimension: number): readonly number[] {
  const vector = new Array<number>(dimension).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const hash = createHash('md5').update(word.slice(0, 5)).digest();
    const at = hash.readUInt32LE(0) % dimension;
    vector[at] = (vector[at] ?? 0) + (hash.readUInt8(4) % 2 === 0 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  // A text without words points somewhere, too.
  return length === 0 ? vector.with(0, 1) : vector.map((value) => value / length);
}
