import nlp from 'compromise';
import { z } from 'zod';
import { languages, relations, vagueNouns, verbsOfOthers } from './vocabulary.ts';
import type { Clause } from './clauses.ts';

/** What a clause is made of. Words are in lower case. */
export interface Grammar {
  /** Names in it, capitalised, each once: people, places, organisations. */
  readonly people: readonly string[];
  readonly places: readonly string[];
  readonly others: readonly string[];
  /** Indexes of the words that are written with a capital wherever they stand. */
  readonly properAt: ReadonlySet<number>;
  /** Nouns and numbers that say something: no pronouns, no "thing", no "lot". */
  readonly nouns: readonly string[];
  /** Tags of a word, by its lower-case spelling. */
  readonly tagsOf: (word: string) => readonly string[];
}

const documentSchema = z.array(
  z.object({ terms: z.array(z.object({ text: z.string(), tags: z.array(z.string()) })) }),
);

type NameType = 'Person' | 'Place' | 'Organization' | 'Other';

interface Term {
  readonly index: number;
  readonly lower: string;
  readonly tags: readonly string[];
  readonly type: NameType | null;
}

const particles = new Set(['of', 'the', 'de', 'van', 'von', 'la', 'el']);
/** First names that are far more often another word; a capital or a calling verb is needed to believe them. */
const commonWords = new Set(
  [
    'will may mark bill grace hope faith joy art rich rose sunny sky star guy buddy penny chase hunter miles sandy ray rob sue',
    'summer autumn angel christian dean major van gene ivy olive iris lily daisy violet jasmine ginger pepper basil honey candy',
    'melody harmony frank jack pat drew dawn grant mason cooper tanner baker cook king prince page cash rusty dusty holly brook',
    'dad mom mum mother father grandma grandpa god lord jesus son man girl boy mama papa dude babe sir madam miss',
  ]
    .join(' ')
    .split(' '),
);
const demonym = new Set(['Demonym', 'Holiday']);
const languageName = new RegExp(`^(?:${languages})$`);

/** The words compromise knows without guessing. */
const lexicon: ReadonlySet<string> = new Set(
  Object.keys(
    z.object({ one: z.object({ lexicon: z.object({}).loose() }) }).parse(nlp.model()).one.lexicon,
  ),
);

/** Reads a clause of bounded length (about 0.1 ms a word). */
export function grammarOf(clause: Clause): Grammar {
  const parsed = documentSchema.parse(nlp(clause.words.map(({ text }) => text).join(' ')).json());
  const tagged = parsed.flatMap(({ terms }) => terms).filter(({ text }) => text !== '');
  const tags = new Map(tagged.map((term) => [bare(term.text), term.tags]));

  const terms = clause.words.map((word, index): Term => {
    const own = tags.get(word.lower) ?? tags.get(bare(word.text)) ?? [];
    return { index, lower: word.lower, tags: own, type: nameType(clause, index, own) };
  });
  const properAt = new Set<number>();
  const names = new Map<NameType, Set<string>>();
  for (const run of nameRuns(terms)) {
    for (const term of run.terms) if (!particles.has(term.lower)) properAt.add(term.index);
    const name = run.terms
      .map((term) => (particles.has(term.lower) ? term.lower : spell(term.lower, clause)))
      .join(' ')
      .replace(/['’]s$/, '');
    const of = names.get(run.type) ?? new Set<string>();
    names.set(run.type, of.add(name));
  }
  for (const term of terms)
    if (term.tags.some((tag) => demonym.has(tag)) || languageName.test(term.lower))
      properAt.add(term.index);
  return {
    people: [...(names.get('Person') ?? [])],
    places: [...(names.get('Place') ?? [])],
    others: [...(names.get('Organization') ?? []), ...(names.get('Other') ?? [])],
    properAt,
    nouns: terms.filter(({ lower, tags }) => saysSomething(lower, tags)).map(({ lower }) => lower),
    tagsOf: (word) => tags.get(word) ?? [],
  };
}

function saysSomething(lower: string, tags: readonly string[]): boolean {
  if (vagueNouns.has(lower)) return false;
  return (
    tags.includes('Value') ||
    languageName.test(lower) ||
    ((tags.includes('Noun') || tags.includes('Gerund')) &&
      !tags.includes('Pronoun') &&
      !tags.includes('Possessive') &&
      !tags.includes('Date') &&
      !tags.includes('Auxiliary'))
  );
}

const verbOfOthers = new RegExp(`^(?:${verbsOfOthers}|just|and|in|on|from)$`);
const relationName = new RegExp(`^(?:${relations})$`);

/** Whether the word is (part of) a name, and of what. */
function nameType(clause: Clause, index: number, tags: readonly string[]): NameType | null {
  const word = clause.words[index];
  if (!word || word.lower.length < 2 || !/^\p{L}/u.test(word.text)) return null;
  if (tags.includes('Date') || tags.includes('Pronoun') || tags.includes('Demonym')) return null;
  if (
    /^(?:tonight|today|tomorrow|yesterday|morning|evening|again|please|soon|later)$/.test(
      word.lower,
    )
  )
    return null;
  const previous = clause.words[index - 1]?.lower ?? '';
  const next = clause.words[index + 1]?.lower ?? '';
  const isCapital = /^\p{Lu}/u.test(word.text) && index > 0 && !/^i(?:'|$)/.test(word.lower);
  const afterDeterminer =
    /^(?:a|an|the|this|that|my|our|your|his|her|their|some|any|every|to)$/.test(previous);

  if (tags.includes('Place') && !tags.includes('Demonym'))
    return isCapital || !afterDeterminer || previous === 'to' ? 'Place' : null;
  if (tags.includes('Person') || tags.includes('FirstName') || tags.includes('LastName')) {
    if (isCapital || (index === 0 && /^\p{Lu}/u.test(word.text) && !commonWords.has(word.lower)))
      return 'Person';
    if (afterDeterminer && previous !== 'to') return null;
    if (!commonWords.has(word.lower)) return 'Person';
    return /^(?:call|with|meet|visit|and|named|text|email)$/.test(previous) ||
      relationName.test(previous)
      ? 'Person'
      : null;
  }
  if (tags.includes('Organization')) return afterDeterminer && !isCapital ? null : 'Organization';
  if (isCapital) return relationName.test(previous) ? 'Person' : 'Other';
  // "my friend priya works": an unknown noun right after a relation and right before a verb.
  const isUnknownNoun = tags.includes('Noun') && !tags.includes('Plural') && !isKnown(word.lower);
  const isNamed =
    (relationName.test(previous) && /^(?:my|our)$/.test(clause.words[index - 2]?.lower ?? '')) ||
    /^(?:named|called)$/.test(previous);
  if (isUnknownNoun && isNamed && (next === '' || verbOfOthers.test(next))) return 'Person';
  return null;
}

function isKnown(word: string): boolean {
  return lexicon.has(word);
}

function nameRuns(terms: readonly Term[]): { type: NameType; terms: Term[] }[] {
  const runs: { type: NameType; terms: Term[] }[] = [];
  let open: { type: NameType; terms: Term[] } | null = null;
  terms.forEach((term, index) => {
    if (term.type !== null) {
      if (open && (open.type === term.type || open.type === 'Other' || term.type === 'Other')) {
        if (open.type === 'Other') open.type = term.type;
        open.terms.push(term);
      } else {
        open = { type: term.type, terms: [term] };
        runs.push(open);
      }
      return;
    }
    const next = terms[index + 1];
    if (
      open?.type === 'Other' &&
      next?.type === 'Other' &&
      (term.lower === 'of' || term.lower === 'the')
    ) {
      open.terms.push(term);
      return;
    }
    open = null;
  });
  return runs;
}

/** The spelling in the clause if it has a capital, else with one. */
function spell(lower: string, clause: Clause): string {
  const spoken = clause.words.find((word) => word.lower === lower)?.text ?? lower;
  return spoken === lower ? capitalised(lower) : spoken;
}

/** With a capital first letter, by code point. */
export function capitalised(word: string): string {
  const first = String.fromCodePoint(word.codePointAt(0) ?? 0x20);
  return first.toUpperCase() + word.slice(first.length);
}

function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/^[^\p{L}\p{N}$€£#]+|[^\p{L}\p{N}%]+$/gu, '');
}
