import { z } from 'zod';

/** What one says of one's speech, for the recognisers that make use of it. */
export const hearingHintsSchema = z.object({
  /** ISO 639-1, `multi` for several in turn; null: as the server is set. */
  language: z
    .string()
    .regex(/^([a-z]{2}|multi)$/, 'must be a code such as en, or multi')
    .nullable(),
  /** Names and words that are likely to be said, besides those of the server. */
  keyterms: z.array(z.string().trim().min(1).max(100)).max(100),
});
export type HearingHintsBody = z.infer<typeof hearingHintsSchema>;

/** The recognisers, the most preferred first. */
export const transcribersSchema = z.object({
  transcribers: z.array(
    z.object({
      name: z.string(),
      /** Whether it answers when it is asked. */
      available: z.boolean(),
      model: z.string().nullable(),
      /** Why it is not available. */
      reason: z.string().nullable(),
      /** `open`: it failed at its work and is left alone; `half-open`: it is being tried with real sound. */
      breaker: z.enum(['closed', 'open', 'half-open']),
      live: z.boolean(),
      diarization: z.boolean(),
    }),
  ),
});
