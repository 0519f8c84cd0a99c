import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { userIdSchema, type UserId } from '@friend-lite/contract';
import type { FileCount, UserFiles } from '../../retention/index.ts';

const nothing: FileCount = { fileCount: 0, byteCount: 0 };

/**
 * Whatever lies in `<dataDir>/<kind>/<userId>`, of any kind: one that is added later is not forgotten. A file
 * that is gone when it is its turn is not counted.
 */
export function userFiles(dataDir: string): UserFiles {
  const directoryOf = (userId: UserId, kind: string): string =>
    join(dataDir, kind, userIdSchema.parse(userId));

  return {
    measure: (userId, kind) => measure(directoryOf(userId, kind)),

    async removeAll(userId) {
      let removed = nothing;
      for (const entry of await readdir(dataDir, { withFileTypes: true })) {
        if (!entry.isDirectory()) continue;
        const directory = directoryOf(userId, entry.name);
        const found = await measure(directory);
        await rm(directory, { recursive: true, force: true });
        removed = {
          fileCount: removed.fileCount + found.fileCount,
          byteCount: removed.byteCount + found.byteCount,
        };
      }
      return removed;
    },
  };
}

async function measure(directory: string): Promise<FileCount> {
  const entries = await unlessMissing(
    readdir(directory, { withFileTypes: true, recursive: true }),
    [],
  );
  let { fileCount, byteCount } = nothing;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const found = await unlessMissing(stat(join(entry.parentPath, entry.name)), null);
    if (!found) continue;
    fileCount += 1;
    byteCount += found.size;
  }
  return { fileCount, byteCount };
}

async function unlessMissing<Value, Fallback>(
  value: Promise<Value>,
  fallback: Fallback,
): Promise<Value | Fallback> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return fallback;
    throw error;
  }
}
