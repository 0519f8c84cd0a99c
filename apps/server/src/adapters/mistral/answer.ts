import { z } from 'zod';
import { parseJson, ProviderError } from '../../base/index.ts';
import type { Hearing, HeardUtterance } from '../../transcription/index.ts';
import { provider } from './refusal.ts';

const segmentSchema = z.object({
  text: z.string(),
  start: z.number(),
  end: z.number(),
  speaker_id: z.string().nullish(),
});
const answerSchema = z.object({
  model: z.string().nullish(),
  text: z.string(),
  segments: z.array(segmentSchema).nullish(),
});

/**
 * What an answer says. Throws `ProviderError`, transient, when it is cut short, no JSON, or of another shape.
 *
 * @param asked what is known already: the model, and how long the sound was.
 */
export function readAnswer(
  body: string,
  asked: { readonly model: string; readonly audioMs: number },
): Hearing {
  const parsed = answerSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new ProviderError(provider, 'transient', 'the answer is no transcript, or cut short');
  }
  const { segments, ...answer } = parsed.data;
  const model = answer.model ?? asked.model;
  const utterances = (segments ?? [])
    .filter((segment) => segment.text.trim() !== '')
    .map(heardUtterance)
    .sort((a, b) => a.startMs - b.startMs);
  if (utterances.length > 0) return { kind: 'words', model, utterances };
  const text = answer.text.trim();
  if (text === '') return { kind: 'silence', model };
  const whole = { startMs: 0, endMs: asked.audioMs, speaker: null, confidence: null, words: [] };
  return { kind: 'words', model, utterances: [{ ...whole, text }] };
}

/** The service tells no times of words, and `score` is on a scale that it does not tell. */
function heardUtterance(segment: z.infer<typeof segmentSchema>): HeardUtterance {
  const startMs = Math.max(0, Math.round(segment.start * 1000));
  return {
    startMs,
    endMs: Math.max(startMs, Math.round(segment.end * 1000)),
    text: segment.text.trim(),
    speaker: segment.speaker_id ?? null,
    confidence: null,
    words: [],
  };
}
