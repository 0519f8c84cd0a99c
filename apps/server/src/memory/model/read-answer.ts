import type { Candidate } from '../extractor.ts';
import { jsonIn } from '../json-in-text.ts';
import { answerSchema, type Answer } from './prompt.ts';
import type { NumberedUtterance } from './transcript-pieces.ts';

const longestText = 200;
const mostNames = 12;
const longestName = 80;
/** A memory whose words were hardly said is the model's own. */
const leastGrounding = 0.4;

/** What an answer says, where it has the shape that was asked for; null where it has not. */
export function parseAnswer(text: string): Answer | null {
  const parsed = answerSchema.safeParse(jsonIn(text));
  return parsed.success ? parsed.data : null;
}

/** The memories of an answer that name what was said, and were said there. */
export function candidatesOf(
  { memories }: Answer,
  piece: readonly NumberedUtterance[],
): readonly Candidate[] {
  return memories.flatMap((memory) => {
    const cited = new Set(memory.utterances);
    const sources = piece.filter(({ number }) => cited.has(number));
    const [first] = sources;
    const text = memory.text.replaceAll(/\s+/g, ' ').trim();
    if (!first || text === '' || text.length > longestText) return [];
    const said = sources.map(({ utterance }) => `${utterance.speaker ?? ''} ${utterance.text}`);
    if (grounding(text, said.join(' ')) < leastGrounding || hasAddress(text)) return [];
    const candidate: Candidate = {
      kind: memory.kind,
      text,
      entities: namesIn(memory.names),
      utteranceIds: sources.map(({ utterance }) => utterance.id),
      validFrom: first.utterance.startMs,
      validUntil: endOfDay(memory.until),
    };
    return [candidate];
  });
}

/** Share of the longer words of a memory that begin as words that were said, 0..1. */
function grounding(text: string, said: string): number {
  const words = [...new Set(wordsOf(text))];
  if (words.length === 0) return 1;
  const spoken = new Set(wordsOf(said).map(stemOf));
  return words.filter((word) => spoken.has(stemOf(word))).length / words.length;
}

function wordsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => word.length > 3);
}

function stemOf(word: string): string {
  return word.slice(0, 5);
}

/** Nobody speaks an address of the web into a memory; a model that was told to leave one does. */
function hasAddress(text: string): boolean {
  return /https?:|www\.|\]\(/i.test(text);
}

function namesIn(names: readonly string[]): readonly string[] {
  const named = names.map((name) => name.trim());
  return [...new Set(named)]
    .filter((name) => name !== '' && name.length <= longestName)
    .slice(0, mostNames);
}

/** The midnight that ends the day, server time; null for what is no day. */
function endOfDay(day: string | null): number | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})/.exec(day ?? '') ?? [];
  if (year === undefined) return null;
  const end = new Date(Number(year), Number(month) - 1, Number(date) + 1).getTime();
  return Number.isFinite(end) ? end : null;
}
