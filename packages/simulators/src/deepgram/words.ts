import type { HeardScriptWord } from '../script/index.ts';

export interface WordFormat {
  readonly diarize: boolean;
  /** With capitals and punctuation. */
  readonly punctuate: boolean;
  /** With the language of each word. */
  readonly multi: boolean;
  /** Added to every time, ms. */
  readonly clockSkewMs: number;
}

/** A word as it stands in an answer. Times in seconds. */
export interface WordJson {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly punctuated_word?: string;
  readonly speaker?: number;
  readonly language?: string;
}

/** Gives speakers numbers in the order in which they are first asked for. */
export function speakerNumbers(): (speaker: string) => number {
  const numbers = new Map<string, number>();
  return (speaker) => {
    const number = numbers.get(speaker) ?? numbers.size;
    numbers.set(speaker, number);
    return number;
  };
}

export function wordJson(
  { scripted, startMs, endMs }: HeardScriptWord,
  { diarize, punctuate, multi, clockSkewMs }: WordFormat,
  numberOf: (speaker: string) => number,
): WordJson {
  return {
    word: scripted.word,
    start: seconds(startMs + clockSkewMs),
    end: seconds(endMs + clockSkewMs),
    confidence: scripted.confidence ?? 0.99,
    ...(punctuate && { punctuated_word: scripted.punctuated ?? scripted.word }),
    ...(diarize && { speaker: numberOf(scripted.speaker) }),
    ...(multi && scripted.language !== undefined && { language: scripted.language }),
  };
}

export function transcriptOf(words: readonly WordJson[]): string {
  return words.map(({ word, punctuated_word }) => punctuated_word ?? word).join(' ');
}

/** The mean of the words', 0 for none. */
export function confidenceOf(words: readonly WordJson[]): number {
  if (words.length === 0) return 0;
  return words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length;
}

export function languagesOf(words: readonly WordJson[]): readonly string[] {
  return [...new Set(words.flatMap(({ language }) => language ?? []))];
}

/** Whole ms as seconds, none below 0. */
export function seconds(ms: number): number {
  return Math.max(0, Math.round(ms)) / 1000;
}
