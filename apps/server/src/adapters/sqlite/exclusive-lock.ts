import Sqlite from 'better-sqlite3';

/** Held until they are let go of: a lock that nobody refers to would end when its memory is collected. */
const held = new Set<Sqlite.Database>();

/** How long a former server may take to let go. */
const patienceMs = 500;

/**
 * Makes this process the only one that has the database at `path` open. The operating system holds the lock
 * (an exclusive transaction on an empty file beside the database), so that it ends with the process, however
 * that dies. The database's own locks would shut out backups and other readers too.
 *
 * @returns how to let go.
 * @throws an error for the operator when somebody else holds it.
 */
export function holdExclusively(path: string): () => void {
  const lock = new Sqlite(`${path}.lock`, { timeout: patienceMs });
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!(error instanceof Sqlite.SqliteError) || error.code !== 'SQLITE_BUSY') throw error;
    throw new Error(
      `${path} is in use by another server; stop that one, or set another DATA_DIR for this one`,
      { cause: error },
    );
  }
  held.add(lock);
  return () => {
    held.delete(lock);
    lock.close();
  };
}
