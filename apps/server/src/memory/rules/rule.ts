import type { MemoryKind } from '@friend-lite/contract';

/** What a rule asks of a clause beyond its pattern. */
type Need =
  /** A date or a season. */
  | 'date'
  /** A date or a name. */
  | 'anchor'
  /** A noun that says something after the matched words. */
  | 'detail'
  /** A name. */
  | 'name'
  /** A name as its first word. */
  | 'named-subject';

/** A form of statement worth remembering. Patterns match `Clause.plain` from its start. */
export interface Rule {
  readonly kind: MemoryKind;
  readonly pattern: RegExp;
  /** How much such a statement is worth, 1..6; names and dates add to it. */
  readonly weight: number;
  readonly needs: Need;
  readonly tense: 'past' | 'future';
  /** "I don't like coffee" is a statement; "I won't call" is none. */
  readonly mayNegate: boolean;
  /** Whether a date in it says until when it holds. A birthday comes again. */
  readonly expires: boolean;
}

interface RuleOptions {
  readonly needs?: Need;
  readonly tense?: 'past' | 'future';
  readonly mayNegate?: boolean;
  readonly expires?: boolean;
}

/** A rule whose pattern starts where the clause starts. */
export function rule(
  kind: MemoryKind,
  weight: number,
  pattern: string,
  options: RuleOptions = {},
): Rule {
  return {
    kind,
    weight,
    pattern: new RegExp(`^(?:${inAnyScript(pattern)})`, 'u'),
    needs: options.needs ?? 'detail',
    tense: options.tense ?? 'future',
    mayNegate: options.mayNegate ?? false,
    expires: options.expires ?? (kind === 'commitment' || kind === 'event'),
  };
}

/** Of what was or is so: a date in it is no end. */
export const past = { tense: 'past', expires: false } as const;

/** `\w` knows only the letters of English; names have others. */
function inAnyScript(pattern: string): string {
  return pattern.replaceAll('[\\w', '[\\p{L}\\p{N}').replaceAll('\\w', '[\\p{L}\\p{N}]');
}
