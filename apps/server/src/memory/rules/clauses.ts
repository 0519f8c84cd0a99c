import { split } from './boundaries.ts';
import { trimmed, withoutAfterthought, withoutStumbles } from './trim.ts';
import { plainly, type Sentence, type Word } from './words.ts';

/** A stretch of a sentence with one subject and what is said of it. */
export interface Clause {
  readonly words: readonly Word[];
  /** Its words in lower case with contractions written out, one space between: what the rules match. */
  readonly plain: string;
  readonly isPunctuated: boolean;
}

/** Words of a clause before it is trimmed; what is longer is no clause, and is not read. */
const longestPiece = 60;

const opensCondition = /^(?:if|unless|whenever|suppose|supposing|imagine)$/;
/** Ends of a piece after which nothing is said as one's own and for certain: "maybe | I will". */
const takesBack =
  /\b(?:what if|in case|maybe|perhaps|hopefully|possibly|probably|kidding|joking|pretend|dreamed|(?:told|tells|telling|asked|asks|reminded) \w+)$/;

const expansions: ReadonlyMap<string, string> = new Map([
  ["i'm", 'i am'],
  ["i've", 'i have'],
  ["i'll", 'i will'],
  ["i'd", 'i would'],
  ["we're", 'we are'],
  ["we've", 'we have'],
  ["we'll", 'we will'],
  ["we'd", 'we would'],
  ["let's", 'let us'],
  ["it's", 'it is'],
  ["that's", 'that is'],
  ["there's", 'there is'],
  ["he's", 'he is'],
  ["she's", 'she is'],
  ["they're", 'they are'],
  ["you're", 'you are'],
  ["can't", 'can not'],
  ['cannot', 'can not'],
  ["won't", 'will not'],
  ['gonna', 'going to'],
  ['gotta', 'have to'],
  ['wanna', 'want to'],
  ['hafta', 'have to'],
]);

/** Lower case, contractions written out: two spellings of one statement become the same string. */
export function plainOf(words: readonly Word[]): string {
  return words.map(({ lower }) => expansions.get(lower) ?? lower.replace(/n't$/, ' not')).join(' ');
}

/**
 * The clauses of a sentence, with or without punctuation, with fillers and false starts removed. Clauses
 * that hang on a condition ("if …", "unless …") are left out together with what follows from it.
 */
export function clausesOf(sentence: Sentence): Clause[] {
  const pieces = split(withoutStumbles(sentence.words), sentence.isPunctuated);
  const clauses: Clause[] = [];
  let isConditional = false;
  for (const piece of pieces) {
    const hangs = isConditional;
    isConditional =
      opensCondition.test(piece[0]?.lower ?? '') || takesBack.test(plainly(piece.slice(-3)));
    if (hangs || isConditional || piece.length > longestPiece) continue;
    const words = withoutAfterthought(trimmed(piece));
    if (/^(?:which|who|where|while|whereas)$/.test(piece[0]?.lower ?? '')) continue;
    if (words.length > 0)
      clauses.push({ words, plain: plainOf(words), isPunctuated: sentence.isPunctuated });
  }
  return clauses;
}
