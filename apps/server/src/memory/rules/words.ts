/**
 * Text as people and recognisers write it, cut into sentences of words. Everything here is linear in the
 * length of the text, whatever is in it.
 */

/** A word of a sentence. `text` keeps its case; the punctuation around it is gone but for `comma`. */
export interface Word {
  readonly text: string;
  /** Lower case, straight apostrophe. */
  readonly lower: string;
  /** Whether a comma, colon or dash followed it. */
  readonly comma: boolean;
}

export interface Sentence {
  readonly words: readonly Word[];
  readonly isQuestion: boolean;
  /** Whether it holds a quotation mark: somebody else's words, or a title. */
  readonly isQuoting: boolean;
  /** Whether the text it comes from has punctuation, so that two statements are not run together without any. */
  readonly isPunctuated: boolean;
}

/** Contractions that recognisers write without their apostrophe and that are no other word. */
const missingApostrophe: ReadonlyMap<string, string> = new Map([
  ['im', "i'm"],
  ['ive', "i've"],
  ['dont', "don't"],
  ['doesnt', "doesn't"],
  ['didnt', "didn't"],
  ['cant', "can't"],
  ['isnt', "isn't"],
  ['arent', "aren't"],
  ['wasnt', "wasn't"],
  ['wouldnt', "wouldn't"],
  ['couldnt', "couldn't"],
  ['youre', "you're"],
  ['theyre', "they're"],
]);

const abbreviations = new Set([
  'dr.',
  'mr.',
  'mrs.',
  'ms.',
  'prof.',
  'st.',
  'vs.',
  'etc.',
  'approx.',
  'a.m.',
  'p.m.',
]);

/**
 * The sentences of a text. Markup, control characters and invisible ones are dropped; an emoji ends a
 * sentence. Text without any lower-case letter is read as if it were all lower case.
 */
export function sentencesOf(text: string): Sentence[] {
  const plain = plainText(text);
  const isPunctuated = /[.,!?;]/.test(text);
  const sentences: Sentence[] = [];
  let words: Word[] = [];
  let isQuoting = false;

  const finish = (isQuestion: boolean) => {
    if (words.length > 0) sentences.push({ words, isQuestion, isQuoting, isPunctuated });
    words = [];
    isQuoting = false;
  };

  const chunks = plain.split(' ').filter((chunk) => chunk !== '');
  chunks.forEach((chunk, index) => {
    isQuoting ||= chunk.includes('"');
    const bare = withoutPunctuation(chunk);
    const trailing = chunk.slice(chunk.indexOf(bare) + bare.length);
    if (bare !== '') {
      const spelled = respell(bare);
      const comma = /[,:\-–—]/.test(trailing);
      words.push({ text: spelled, lower: spelled.toLowerCase(), comma });
    }
    if (endsSentence(bare, trailing, chunks[index + 1] ?? '')) finish(trailing.includes('?'));
  });
  finish(false);
  return sentences;
}

function plainText(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/<[^<>]{0,200}>/g, ' ')
    .replace(/[’‘ʼ`´]/g, "'")
    .replace(/[“”„«»]/g, '"')
    .replace(/…|\.{2,}/g, '. ')
    .replace(/\p{Extended_Pictographic}/gu, '. ')
    .replace(/\s(?:--?|–|—)\s/g, ', ')
    .replace(/[—]/g, ', ')
    .replace(/[\n\r]/g, '. ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zs}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/([!?;])(?=\p{L})/gu, '$1 ');
  return /\p{Ll}/u.test(plain) ? plain : plain.toLowerCase();
}

function withoutPunctuation(chunk: string): string {
  if (abbreviations.has(chunk.toLowerCase())) return chunk;
  return chunk.replace(/^[^\p{L}\p{N}$€£#]{1,20}/u, '').replace(/[^\p{L}\p{N}%]{1,20}$/u, '');
}

function endsSentence(bare: string, trailing: string, next: string): boolean {
  if (/[!?;]/.test(trailing)) return true;
  // "at 9 a.m. I …", but "Dr. Patel" and "at 9 a.m. on Monday".
  if (/^[ap]\.m\.$|^etc\.$/i.test(bare)) return /^\p{Lu}/u.test(next);
  return trailing.includes('.') && !/^\p{Lu}$/u.test(bare);
}

function respell(word: string): string {
  const spelled = missingApostrophe.get(word.toLowerCase());
  if (spelled === undefined) return word;
  return /^\p{Lu}/u.test(word) ? spelled.charAt(0).toUpperCase() + spelled.slice(1) : spelled;
}

/** The words in lower case, one space between. */
export function plainly(words: readonly Word[]): string {
  return words.map(({ lower }) => lower).join(' ');
}
