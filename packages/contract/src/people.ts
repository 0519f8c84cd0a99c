import { z } from 'zod';

/** Who speaks: people, as their owner calls them, and whose words are whose. */

const personName = z.string().trim().min(1).max(100);

export const personSchema = z.object({
  person_id: z.string(),
  name: z.string(),
  created_at: z.iso.datetime(),
  /** How many utterances are theirs. */
  segment_count: z.int(),
});
export type PersonBody = z.infer<typeof personSchema>;

export const peopleSchema = z.object({ people: z.array(personSchema) });

export const namePersonSchema = z.object({ name: personName });

/** The first stays, and takes over what the others said. */
export const mergePeopleSchema = z.object({ person_ids: z.array(z.string()).min(2).max(50) });

/**
 * Says who said a segment, by id or by name; null: nobody known. `scope` says of what else: of this `segment` alone, of
 * all in the `conversation` that had the same speaker, or of `all` that this person ever said.
 */
export const nameSpeakerSchema = z
  .object({
    segment_id: z.string().min(1),
    scope: z.enum(['segment', 'conversation', 'all']).default('conversation'),
    person_id: z.string().nullable().optional(),
    name: personName.optional(),
  })
  .refine(
    ({ person_id, name }) => (person_id === undefined) !== (name === undefined),
    'give either person_id or name',
  );
export type NameSpeakerBody = z.input<typeof nameSpeakerSchema>;

export const removedPersonSchema = z.object({ message: z.string() });

export const namedSpeakerSchema = z.object({
  person: personSchema.nullable(),
  /** How many segments it was said of. */
  segment_count: z.int(),
});
