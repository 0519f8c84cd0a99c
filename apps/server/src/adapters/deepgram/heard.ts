import { z } from 'zod';
import type { HeardUtterance, HeardWord } from '../../transcription/index.ts';

export const wordSchema = z.object({
  word: z.string(),
  punctuated_word: z.string().nullish(),
  start: z.number(),
  end: z.number(),
  confidence: z.number().nullish(),
  speaker: z.number().nullish(),
});
export type VendorWord = z.infer<typeof wordSchema>;

/** A list that is not empty. */
export function someOf<Schema extends z.ZodType>(schema: Schema) {
  return z.tuple([schema]).rest(schema);
}

/** A pause within what one speaker says that starts a new utterance: the vendor's own for `utterances`. */
const pauseMs = 800;

/**
 * The words as utterances, one for each go of a speaker, cut at long pauses too. Times are taken as they are: words of
 * several speakers may overlap, and a word may begin before the one before it ends.
 */
export function utterancesOf(words: readonly VendorWord[]): readonly HeardUtterance[] {
  const inOrder = words.toSorted((a, b) => a.start - b.start);
  const goes: { speaker: string | null; endMs: number; words: HeardWord[] }[] = [];
  for (const each of inOrder) {
    const speaker =
      each.speaker === null || each.speaker === undefined ? null : String(each.speaker);
    const word = heardWord(each);
    const last = goes.at(-1);
    const continues = last?.speaker === speaker && word.startMs - last.endMs < pauseMs;
    if (!last || !continues) goes.push({ speaker, endMs: word.endMs, words: [word] });
    else {
      last.words.push(word);
      last.endMs = Math.max(last.endMs, word.endMs);
    }
  }
  return goes.map(({ speaker, endMs, words: said }) => ({
    startMs: said[0]?.startMs ?? endMs,
    endMs,
    text: said.map(({ text }) => text).join(' '),
    speaker,
    confidence: mean(said.flatMap(({ confidence }) => confidence ?? [])),
    words: said,
  }));
}

/** Seconds at the vendor's edge, as ms. */
export function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** Within 0..1, or null. */
export function confidenceOf(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.min(1, Math.max(0, value));
}

function heardWord(word: VendorWord): HeardWord {
  const startMs = Math.max(0, toMs(word.start));
  return {
    startMs,
    endMs: Math.max(startMs, toMs(word.end)),
    text: word.punctuated_word ?? word.word,
    confidence: confidenceOf(word.confidence),
  };
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
