import type { Clause } from './clauses.ts';
import { isCalendarName } from './dates.ts';
import { capitalised, type Grammar } from './grammar.ts';

/** Longest text of a memory, in UTF-16 units. */
export const maxTextLength = 200;

/** The clause as a sentence of its own, in the words that were said; null when it would be too long. */
export function sentenceOf(clause: Clause, grammar: Grammar): string | null {
  const words = clause.words.map((word, index) => {
    const before = clause.words[index - 1]?.lower ?? '';
    const isProper =
      grammar.properAt.has(index) ||
      /^i(?:'(?:m|ve|ll|d|s))?$/.test(word.lower) ||
      isCalendarName(word.lower, before);
    const spelled = isProper && word.text === word.lower ? capitalised(word.text) : word.text;
    return word.comma && index < clause.words.length - 1 ? `${spelled},` : spelled;
  });
  const text = `${capitalised(words.join(' '))}.`;
  return text.length <= maxTextLength ? text : null;
}
