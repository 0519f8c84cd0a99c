/** What two statements are compared by. */
export interface Statement {
  readonly kind: string;
  readonly text: string;
  readonly validUntil: number | null;
}

const filler = new Set(
  'a an the to of in on at for with and is am are was be will have has do does i my we our that this just really very so also'.split(
    ' ',
  ),
);

/** The words of a statement in lower case without punctuation: equal for two spellings of one sentence. */
export function normalisedText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/\bi'm\b/g, 'i am')
    .replace(/'ll\b/g, ' will')
    .replace(/'ve\b/g, ' have')
    .replace(/'re\b/g, ' are')
    .replace(/n't\b/g, ' not')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * Whether two statements of one conversation say the same: of the same kind and subject, for the same
 * time, with nearly the same words but for endings and small words.
 */
export function isSameStatement(one: Statement, other: Statement): boolean {
  if (one.kind !== other.kind) return false;
  if (one.validUntil !== null && other.validUntil !== null && one.validUntil !== other.validUntil)
    return false;
  const first = normalisedText(one.text);
  const second = normalisedText(other.text);
  if (first === second) return true;
  if (subjectOf(first) !== subjectOf(second)) return false;
  const a = stems(first);
  const b = stems(second);
  const shared = [...a].filter((stem) => b.has(stem)).length;
  const smaller = Math.min(a.size, b.size);
  return (smaller >= 3 && shared === smaller) || shared / (a.size + b.size - shared) >= 0.75;
}

function subjectOf(text: string): string {
  const [first = '', second = ''] = text.split(' ', 2);
  return first === 'my' || first === 'our' ? second : first;
}

function stems(text: string): Set<string> {
  return new Set(
    text
      .split(' ')
      .filter((word) => !filler.has(word))
      .map((word) => (word.length > 4 ? word.replace(/(?:ings?|ed|es|s|ly)$/, '') : word)),
  );
}
