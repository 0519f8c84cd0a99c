interface TextPart {
  readonly text: string;
  readonly isMarked: boolean;
}

/**
 * Cuts a text into parts, marking the words that begin as a word of the query does. The search stems, so
 * an ending may differ: the last two letters of longer words do not count.
 */
export function markWords(text: string, query: string): readonly TextPart[] {
  const stems = wordsOf(query).map((word) => (word.length > 5 ? word.slice(0, -2) : word));
  const parts: TextPart[] = [];
  for (const piece of text.split(/([\p{L}\p{N}']+)/u)) {
    const isMarked = stems.some((stem) => piece.toLowerCase().startsWith(stem));
    const last = parts.at(-1);
    if (piece === '') continue;
    if (last?.isMarked === isMarked) {
      parts[parts.length - 1] = { text: last.text + piece, isMarked };
    } else parts.push({ text: piece, isMarked });
  }
  return parts;
}

function wordsOf(query: string): readonly string[] {
  return query.toLowerCase().match(/[\p{L}\p{N}']{2,}/gu) ?? [];
}
