import { z } from 'zod';
import { ProviderError } from '../../base/index.ts';
import type { Hearing, HeardUtterance } from '../../transcription/index.ts';
import { provider } from './failures.ts';
import { confidenceOf, someOf, toMs, utterancesOf, wordSchema } from './heard.ts';

const alternativeSchema = z.object({
  transcript: z.string(),
  confidence: z.number().nullish(),
  words: z.array(wordSchema).nullish(),
});
const answerSchema = z.object({
  metadata: z.object({
    duration: z.number(),
    model_info: z.record(z.string(), z.object({ name: z.string().nullish() })).nullish(),
  }),
  results: z.object({
    /** One, as the sound is mono. */
    channels: someOf(z.object({ alternatives: someOf(alternativeSchema) })),
    utterances: z.array(z.object({ words: z.array(wordSchema).nullish() })).nullish(),
  }),
});
type Answer = z.infer<typeof answerSchema>;

/**
 * What an answer about recorded sound says. `asked` is the model that was asked for. Throws `ProviderError`, transient,
 * when it is cut short, no JSON, or of another shape.
 */
export function readAnswer(text: string, asked: string): Hearing {
  const answer = parse(text);
  const names = Object.values(answer.metadata.model_info ?? {}).flatMap(({ name }) => name ?? []);
  const model = names[0] ?? asked;
  const utterances = heardIn(answer);
  return utterances.length === 0
    ? { kind: 'silence', model }
    : { kind: 'words', model, utterances };
}

function parse(text: string): Answer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ProviderError(provider, 'transient', 'the answer is not JSON, or cut short');
  }
  const answer = answerSchema.safeParse(json);
  if (!answer.success) {
    throw new ProviderError(provider, 'transient', 'the answer is not a transcript');
  }
  return answer.data;
}

function heardIn({ metadata, results }: Answer): readonly HeardUtterance[] {
  const { transcript, confidence, words } = results.channels[0].alternatives[0];
  const all = words ?? [];
  const parts = results.utterances?.map((part) => part.words ?? []) ?? [];
  const partedCount = parts.reduce((sum, part) => sum + part.length, 0);
  // The vendor knows best where an utterance ends, but a word it has put in none must not be lost.
  if (all.length > 0 && partedCount < all.length) return utterancesOf(all);
  if (partedCount > 0) return parts.flatMap(utterancesOf).sort((a, b) => a.startMs - b.startMs);
  const text = transcript.trim();
  if (text === '') return [];
  return [
    {
      startMs: 0,
      endMs: toMs(metadata.duration),
      text,
      speaker: null,
      confidence: confidenceOf(confidence),
      words: [],
    },
  ];
}
