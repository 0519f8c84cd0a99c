import { z } from 'zod';

/** ISO 8601 with a zone, not before 1970. */
const momentSchema = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .pipe(z.number().min(0));

const importedUtteranceSchema = z
  .strictObject({
    text: z.string().trim().min(1).max(20_000),
    speaker: z.string().trim().min(1).max(100).nullish(),
    /** Instead of `start`. */
    started_at: momentSchema.nullish(),
    /** Seconds from the start of the conversation. */
    start: z.number().min(0).nullish(),
    end: z.number().min(0).nullish(),
    external_id: z.string().min(1).max(200).nullish(),
  })
  .refine(({ start, end }) => (end ?? Infinity) >= (start ?? 0), 'ends before it starts');

/** A conversation of which there are words alone. Utterances without a time follow each other. */
export const importConversationSchema = z.strictObject({
  title: z.string().trim().min(1).max(200).nullish(),
  started_at: momentSchema,
  device_name: z.string().max(200).nullish(),
  utterances: z.array(importedUtteranceSchema).min(1).max(50_000),
});
export type ImportConversationBody = z.input<typeof importConversationSchema>;

export const importedConversationSchema = z.object({
  conversation_id: z.string(),
  utterance_count: z.int(),
});
