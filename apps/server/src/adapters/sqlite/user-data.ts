import type { UserId } from '@friend-lite/contract';
import { z } from 'zod';
import type { UserRecords } from '../../retention/index.ts';
import type { Database } from './database.ts';
import { countOf } from './rows.ts';

/** The account itself: whose data is gone may still sign in. */
const kept = 'users';

const nameRow = z.object({ name: z.string() });

/**
 * Everything a user has, found by the column every table of theirs has: a table that is added later is not
 * forgotten.
 */
export function sqliteUserRecords({ sql, durably }: Database): UserRecords {
  const tables = sql
    .prepare(
      `SELECT t.name FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
       WHERE t.schema = 'main' AND t.type = 'table' AND c.name = 'user_id' AND t.name <> ?`,
    )
    .all(kept)
    .map((row) => nameRow.parse(row).name)
    .map((name) => ({
      name,
      count: sql.prepare(`SELECT count(*) AS count FROM "${name}" WHERE user_id = ?`),
      remove: sql.prepare(`DELETE FROM "${name}" WHERE user_id = ?`),
    }));
  const mergeWords = sql.prepare(`INSERT INTO memory_words (memory_words) VALUES ('optimize')`);

  const counts = (userId: UserId): Readonly<Record<string, number>> =>
    Object.fromEntries(tables.map(({ name, count }) => [name, countOf(count.get(userId))]));

  return {
    count: async (userId) => counts(userId),
    async removeAll(userId) {
      // Overwritten, not only unlinked: also in the pages nobody uses any more.
      sql.pragma('secure_delete = ON');
      try {
        const removed = durably(() => {
          // Counted first: what goes along with its parent is counted too.
          const before = counts(userId);
          for (const { remove } of tables) remove.run(userId);
          mergeWords.run();
          return before;
        });
        sql.pragma('wal_checkpoint(TRUNCATE)');
        return removed;
      } finally {
        sql.pragma('secure_delete = OFF');
      }
    },
  };
}
