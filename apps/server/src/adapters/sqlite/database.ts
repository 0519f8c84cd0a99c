import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { holdExclusively } from './exclusive-lock.ts';
import { migrate } from './migrate.ts';

/** One open database file, or one in memory. */
export interface Database {
  readonly sql: Sqlite.Database;
  /**
   * Runs `write` in a transaction of its own that survives a power cut, together with everything committed
   * before it. Others survive the death of the process at once, and a power cut from the next durable one
   * or checkpoint on; they are lost in order, latest first.
   */
  readonly durably: <Result>(write: () => Result) => Result;
  /** Runs `change` in a transaction of its own: all of it is written, or nothing. */
  readonly atomically: <Result>(change: () => Result) => Result;
  /** Writes the log back into the file and lets go of it. */
  close(): void;
}

/** `path` of a database that lives in memory, and dies with its connection. */
export const inMemory = ':memory:';

/** How long a statement waits for another program that reads the file, such as a backup. */
const busyTimeoutMs = 5000;

/**
 * Opens the file, makes it when there is none, and brings its tables up to date.
 *
 * @throws an error for the operator when another server has it open, when a newer version wrote it, or when
 * the file system cannot hold it.
 */
export function openDatabase(path: string): Database {
  if (path === inMemory) return prepare(path, () => undefined);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const release = holdExclusively(path);
  try {
    // Made here for its mode; the log beside it takes the same. Only under the lock: closing a file drops
    // the locks that this process may hold on it (POSIX).
    closeSync(openSync(path, 'a', 0o600));
    return prepare(path, release);
  } catch (error) {
    release();
    throw error;
  }
}

function prepare(path: string, release: () => void): Database {
  const sql = new Sqlite(path, { timeout: busyTimeoutMs });
  try {
    const mode = sql.pragma('journal_mode = WAL', { simple: true });
    if (path !== inMemory && mode !== 'wal') {
      throw new Error(`${path}: this file system cannot hold the database (no shared memory)`);
    }
    sql.pragma('synchronous = NORMAL');
    sql.pragma('foreign_keys = ON');
    migrate(sql, path);
  } catch (error) {
    sql.close();
    throw error;
  }

  const atomically = <Result>(change: () => Result): Result => sql.transaction(change).immediate();
  return {
    sql,
    atomically,
    durably(write) {
      sql.pragma('synchronous = FULL');
      try {
        return atomically(write);
      } finally {
        sql.pragma('synchronous = NORMAL');
      }
    },
    close() {
      sql.close();
      release();
    },
  };
}
