/** Longer queries are cut: each word costs time, and the first ones say what is looked for. */
const maxWords = 32;

/** English words found in so many sentences that they tell none apart. `s`, `t`, `ll` … are what contractions leave. */
const stopWords = new Set(
  `a about again all also am an and any are as at be because been before but by can could d did do does
  doing don down for from had has have having he her here hers him his how i if in into is it its just ll
  m me more most my no nor not now of off on once only or other our ours out over own re s same she should
  so some such t than that the their theirs them then there these they this those through to too under
  until up ve very was we were what when where which while who whom why will with would you your yours`.split(
    /\s+/,
  ),
);

/** The words to look for in what a person typed, each once. Stop words count only when there are no others. */
export function searchWords(query: string): readonly string[] {
  const typed = query.normalize('NFC').toLowerCase();
  const words = [...new Set(typed.match(/[\p{L}\p{M}\p{N}\p{Co}]+/gu))];
  const telling = words.filter((word) => !stopWords.has(word));
  return (telling.length > 0 ? telling : words).slice(0, maxWords);
}
