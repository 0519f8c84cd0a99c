import type { Utterance } from '../../conversations/index.ts';
import type { Candidate, ExtractionInput } from '../extractor.ts';
import { isSameStatement } from '../statement.ts';
import { clausesOf, type Clause } from './clauses.ts';
import { dateIn } from './dates.ts';
import { grammarOf, type Grammar } from './grammar.ts';
import { isJunk, isMisfit } from './junk.ts';
import { rules } from './patterns.ts';
import type { Rule } from './rule.ts';
import { sentenceOf } from './sentence.ts';
import { sentencesOf } from './words.ts';

/** Read of a conversation, in UTF-16 units: about five hours of talk; the rest goes unread. */
const maxCharacters = 300_000;
/** The most memories of so many words, commitments aside: 15 for 90 s of dense talk, 40 for ten minutes, 170 for three hours. */
const memoriesFor = (words: number) => Math.max(5, Math.round(Math.sqrt(words)));

interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

/**
 * The statements of a conversation worth remembering, in the order they were spoken: few and clean, the
 * best ones where there are many. Pure. A three-hour talk (30,000 words)
 * takes about a second.
 */
export function extractByRules({ utterances }: ExtractionInput): Candidate[] {
  const found: Scored[] = [];
  let characters = 0;
  let words = 0;
  for (const utterance of utterances) {
    const text = utterance.text.slice(0, maxCharacters - characters);
    characters += text.length;
    for (const sentence of sentencesOf(text)) {
      words += sentence.words.length;
      if (sentence.isQuestion || sentence.isQuoting) continue;
      for (const clause of clausesOf(sentence)) {
        const scored = read(clause, utterance);
        if (scored) found.push(scored);
      }
    }
    if (characters >= maxCharacters) break;
  }

  const best = new Set<Candidate>();
  for (const { candidate } of found.toSorted((a, b) => b.score - a.score)) {
    // What somebody has promised to do is never one too many.
    if (best.size >= memoriesFor(words) && candidate.kind !== 'commitment') continue;
    if (![...best].some((other) => isSameStatement(other, candidate))) best.add(candidate);
  }
  return found.map(({ candidate }) => candidate).filter((candidate) => best.has(candidate));
}

function read(clause: Clause, utterance: Utterance): Scored | null {
  if (isJunk(clause)) return null;
  const fitting = rules.filter((rule) => rule.pattern.test(clause.plain));
  if (fitting.length === 0) return null;
  const grammar = grammarOf(clause);
  for (const rule of fitting) {
    const date = dateIn(clause.plain, utterance.startMs, rule.tense);
    if (isMisfit(clause, rule, grammar, { hasDate: date !== null })) continue;
    const text = sentenceOf(clause, grammar);
    if (text === null) return null;
    const score = scoreOf(clause, rule, grammar, date !== null);
    if (score < minScore) return null;
    return {
      score,
      candidate: {
        kind: rule.kind,
        text,
        entities: [...new Set([...grammar.people, ...grammar.places, ...grammar.others])],
        utteranceIds: [utterance.id],
        validFrom: utterance.startMs,
        validUntil: rule.expires && date && !date.isPast ? date.endsAt : null,
      },
    };
  }
  return null;
}

const minScore = 2.5;

function scoreOf(clause: Clause, rule: Rule, grammar: Grammar, hasDate: boolean): number {
  const { plain, words } = clause;
  let score = rule.weight;
  if (grammar.people.length > 0) score += 2;
  if (grammar.places.length + grammar.others.length > 0) score += 1;
  if (hasDate) score += 1.5;
  if (/\b(?:him|her|them|it|that|this|there|those|these|his|their|he|she|they)\b/.test(plain))
    score -= 1.5;
  if (/\b(?:you|your)\b/.test(plain)) score -= 1;
  if (
    /\b(?:thing|things|stuff|something|someone|somebody|everything|everyone|people|lots?)\b/.test(
      plain,
    )
  )
    score -= 1;
  if (words.length > 20) score -= 1;
  if (words.length < 4) score -= 0.5;
  return score;
}
