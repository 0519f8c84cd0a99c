import { z } from 'zod';
import type { Span } from '../../audio/index.ts';
import { parseJson, ProviderError } from '../../base/index.ts';
import type { Hearing, HeardUtterance, HeardWord } from '../../transcription/index.ts';
import { provider } from './refusal.ts';

const timed = { start: z.number(), end: z.number() };
const wordSchema = z.object({ ...timed, word: z.string(), probability: z.number().nullish() });
const segmentSchema = z.object({
  ...timed,
  text: z.string(),
  speaker: z.union([z.string(), z.number()]).nullish(),
  avg_logprob: z.number().nullish(),
  words: z.array(wordSchema).nullish(),
});
const answerSchema = z.object({
  text: z.string(),
  segments: z.array(segmentSchema).nullish(),
  words: z.array(wordSchema).nullish(),
});
type Answer = z.infer<typeof answerSchema>;
type Segment = z.infer<typeof segmentSchema>;

export interface ReadAnswer {
  readonly hearing: Hearing;
  /** False when words were heard without any time. */
  readonly tellsTimes: boolean;
}

/** A pause between words that starts a new utterance, where the server tells of no segments. */
const pauseMs = 800;

/**
 * What an answer says, whichever of the JSON forms it has and whatever its content type is.
 * Throws `ProviderError`, transient, when it is cut short, no JSON, or of another shape.
 *
 * @param asked what is known already: the model, and how long the sound was.
 */
export function readAnswer(
  body: string,
  asked: { readonly model: string; readonly audioMs: number },
): ReadAnswer {
  const parsed = answerSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new ProviderError(provider, 'transient', 'the answer is no transcript, or cut short');
  }
  const answer = parsed.data;
  const { model } = asked;
  const timedUtterances = utterancesOf(answer);
  if (timedUtterances.length > 0) {
    const hearing = { kind: 'words', model, utterances: timedUtterances } as const;
    return { hearing, tellsTimes: true };
  }
  const text = answer.text.trim();
  if (text === '') return { hearing: { kind: 'silence', model }, tellsTimes: true };
  const whole = { startMs: 0, endMs: asked.audioMs, speaker: null, confidence: null, words: [] };
  return {
    hearing: { kind: 'words', model, utterances: [{ ...whole, text }] },
    tellsTimes: false,
  };
}

/** In time order; empty when nothing has a time. */
function utterancesOf(answer: Answer): readonly HeardUtterance[] {
  const segments = (answer.segments ?? [])
    .filter(({ text }) => text.trim() !== '')
    .sort((a, b) => a.start - b.start);
  const words = answer.words ?? [];
  if (segments.length === 0) return byPauses(punctuated(words.map(heardWord), answer.text));
  const apart = words.length > 0 ? wordsBySegment(words.map(heardWord), segments) : null;
  return segments.map((segment, index) =>
    heardUtterance(segment, apart?.[index] ?? (segment.words ?? []).map(heardWord)),
  );
}

/** Words that stand beside the segments: each goes to the last one that has begun by its middle. */
function wordsBySegment(
  words: readonly HeardWord[],
  segments: readonly Segment[],
): readonly (readonly HeardWord[])[] {
  const starts = segments.map(({ start }) => toMs(start));
  const found = segments.map((): HeardWord[] => []);
  for (const word of words) {
    const middleMs = (word.startMs + word.endMs) / 2;
    const index = starts.findLastIndex((startMs) => startMs <= middleMs);
    found[Math.max(0, index)]?.push(word);
  }
  return found;
}

function heardUtterance(segment: Segment, words: readonly HeardWord[]): HeardUtterance {
  const text = segment.text.trim();
  return {
    ...spanOf(segment),
    text,
    speaker: labelOf(segment.speaker),
    confidence: confidenceOf(segment.avg_logprob),
    words: punctuated(words, text),
  };
}

function labelOf(speaker: Segment['speaker']): string | null {
  return speaker === null || speaker === undefined ? null : String(speaker);
}

function byPauses(words: readonly HeardWord[]): readonly HeardUtterance[] {
  const goes: HeardWord[][] = [];
  for (const word of words) {
    const last = goes.at(-1);
    const before = last?.at(-1);
    if (last && before && word.startMs - before.endMs < pauseMs) last.push(word);
    else goes.push([word]);
  }
  return goes.map((go) => ({
    startMs: go[0]?.startMs ?? 0,
    endMs: Math.max(...go.map(({ endMs }) => endMs)),
    text: go.map(({ text }) => text).join(' '),
    speaker: null,
    confidence: null,
    words: go,
  }));
}

/** OpenAI's words come without the punctuation of their text; where the two agree, they are given it. */
function punctuated(words: readonly HeardWord[], text: string): readonly HeardWord[] {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const agree =
    tokens.length === words.length &&
    words.every((word, index) => bare(word.text) === bare(tokens[index] ?? ''));
  return agree
    ? words.map((word, index) => ({ ...word, text: tokens[index] ?? word.text }))
    : words;
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]/gu, '');
}

function heardWord({ word, probability, ...times }: z.infer<typeof wordSchema>): HeardWord {
  const confidence = probability === null || probability === undefined ? null : share(probability);
  return { ...spanOf(times), text: word.trim(), confidence };
}

/** Seconds as ms. Whisper's times may be before the sound, and end before they begin. */
function spanOf({ start, end }: { readonly start: number; readonly end: number }): Span {
  const startMs = Math.max(0, toMs(start));
  return { startMs, endMs: Math.max(startMs, toMs(end)) };
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** The mean probability of a segment's tokens. */
function confidenceOf(meanLogProbability: number | null | undefined): number | null {
  if (meanLogProbability === null || meanLogProbability === undefined) return null;
  return share(Math.exp(meanLogProbability));
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}
