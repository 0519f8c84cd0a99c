import { z } from 'zod';

/** A model that is fetched when it is first wanted. */
export const modelSchema = z.object({
  name: z.string(),
  purpose: z.string(),
  licence: z.string(),
  /** Where it comes from. */
  repository: z.string(),
  state: z.enum(['absent', 'fetching', 'present']),
  /** On the disk, bytes. */
  bytes: z.int(),
  /** Null while nobody has said. */
  total_bytes: z.int().nullable(),
  /** Why it could not be fetched. */
  problem: z.string().nullable(),
});
export type ModelBody = z.infer<typeof modelSchema>;

export const modelsSchema = z.object({ models: z.array(modelSchema) });

export const modelRemovedSchema = z.object({ message: z.string(), removed: z.boolean() });
