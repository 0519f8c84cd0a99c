import { z } from 'zod';
import type { HearingHints, HearingHintsStore } from '../../transcription/index.ts';
import type { Database } from './database.ts';
import { json, one } from './rows.ts';

const hintsRow: z.ZodType<HearingHints> = z.object({
  language: z.string().nullable(),
  keyterms: json(z.array(z.string())),
});

export function sqliteHearingHints({ sql, durably }: Database): HearingHintsStore {
  const read = sql.prepare('SELECT language, keyterms FROM hearing_hints WHERE user_id = ?');
  const write = sql.prepare(`
    INSERT INTO hearing_hints (user_id, language, keyterms) VALUES (:userId, :language, :keyterms)
    ON CONFLICT (user_id) DO UPDATE SET language = excluded.language, keyterms = excluded.keyterms`);

  return {
    find: async (userId) => one(hintsRow, read.get(userId)),
    async put(userId, { language, keyterms }) {
      durably(() => write.run({ userId, language, keyterms: JSON.stringify(keyterms) }));
    },
  };
}
