import { readFileSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';
import { z } from 'zod';

/** In order; what was released is never edited. The n-th brings `user_version` from n - 1 to n. */
const migrations = [
  '001-records.sql',
  '002-opus-segments.sql',
  '003-uploads.sql',
  '004-retention.sql',
  '005-edits.sql',
  '006-transcript-pieces.sql',
  '007-people.sql',
  '008-edits-and-memories.sql',
  '009-hearing-hints.sql',
];

/** The version of the tables that this program reads and writes. */
export const schemaVersion = migrations.length;

/**
 * Brings the tables up to date, forward only: each step happens whole or not at all.
 *
 * @throws an error for the operator when a newer version of the program wrote the database.
 */
export function migrate(sql: Sqlite.Database, path: string): void {
  const version = z.int().parse(sql.pragma('user_version', { simple: true }));
  if (version > schemaVersion) {
    throw new Error(
      `${path} was written by a newer version of Friend-Lite (tables ${version}, known ${schemaVersion}); ` +
        'start that version, or restore a backup made before it',
    );
  }
  migrations.slice(version).forEach((name, index) => {
    const step = readFileSync(new URL(`migrations/${name}`, import.meta.url), 'utf8');
    sql
      .transaction(() => {
        sql.exec(step);
        sql.pragma(`user_version = ${version + index + 1}`);
      })
      .immediate();
  });
}
