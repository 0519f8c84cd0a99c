import { z } from 'zod';
import { unreachable } from '../../base/index.ts';
import type { LiveResult } from '../../transcription/index.ts';
import { codeIn } from './failures.ts';
import { someOf, toMs, utterancesOf, wordSchema } from './heard.ts';

/** What a live session of the service says, as far as it matters. */
export type LiveMessage =
  | { readonly kind: 'result'; readonly result: LiveResult; readonly model: string | null }
  /** Everything was said; comes before the close. */
  | { readonly kind: 'summary' }
  | { readonly kind: 'error'; readonly code: string | null }
  /** Of a kind that does not matter. */
  | { readonly kind: 'other' }
  /** Perhaps a result, lost. */
  | { readonly kind: 'unreadable' };

const resultsSchema = z.object({
  type: z.literal('Results'),
  /** The channel and the number of channels. */
  channel_index: z.array(z.number()).nullish(),
  start: z.number(),
  duration: z.number().nonnegative(),
  is_final: z.boolean().nullish(),
  channel: z.object({
    alternatives: someOf(z.object({ words: z.array(wordSchema) })),
  }),
  metadata: z.object({ model_info: z.object({ name: z.string() }).nullish() }).nullish(),
});
const errorSchema = z.object({
  type: z.literal('Error'),
  description: z.string().nullish(),
  message: z.string().nullish(),
  variant: z.string().nullish(),
});
const knownSchema = z.discriminatedUnion('type', [
  resultsSchema,
  z.object({ type: z.literal('Metadata'), duration: z.number().nullish() }),
  errorSchema,
]);
const typedSchema = z.object({ type: z.string() });
const knownTypes = new Set<string>(['Results', 'Metadata', 'Error']);

/** Reads one text message. Never throws. */
export function readMessage(text: string): LiveMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'unreadable' };
  }
  const typed = typedSchema.safeParse(json);
  if (!typed.success) return { kind: 'unreadable' };
  if (!knownTypes.has(typed.data.type)) return { kind: 'other' };
  const known = knownSchema.safeParse(json);
  if (!known.success) return { kind: 'unreadable' };
  const message = known.data;
  switch (message.type) {
    case 'Results':
      return resultOf(message);
    case 'Metadata':
      // Some servers send one at the beginning, too, when there is no sound to sum up.
      return { kind: message.duration ? 'summary' : 'other' };
    case 'Error': {
      const { variant, message: text, description } = message;
      return { kind: 'error', code: codeIn([variant, text, description].join(' ')) };
    }
    default:
      return unreachable(message);
  }
}

function resultOf(message: z.infer<typeof resultsSchema>): LiveMessage {
  // The sound has one channel; what is said of another one is not about it.
  if ((message.channel_index?.[0] ?? 0) !== 0) return { kind: 'other' };
  const { start, duration, is_final, channel, metadata } = message;
  const [first] = channel.alternatives;
  return {
    kind: 'result',
    result: {
      startMs: toMs(start),
      endMs: toMs(start + duration),
      isFinal: is_final === true,
      utterances: utterancesOf(first.words),
    },
    model: metadata?.model_info?.name ?? null,
  };
}
