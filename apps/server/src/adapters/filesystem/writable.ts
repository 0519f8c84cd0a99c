import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes sure that sound can be stored under the data directory, by storing something. Throws an error for
 * the operator that names the directory and the system's reason.
 */
export async function ensureWritable(dataDir: string): Promise<void> {
  const directory = join(dataDir, 'audio');
  const probe = join(directory, `.probe-${process.pid}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(probe, 'w', 0o600);
    try {
      await file.writeFile('probe');
      await file.sync();
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new Error(`sound cannot be stored in ${directory} (${reason}); check DATA_DIR`, {
      cause: error,
    });
  }
}

/** Bytes that this process can still write under the data directory. */
export async function freeBytes(dataDir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dataDir);
  return bavail * bsize;
}
