import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jobIdSchema, userIdSchema } from '@friend-lite/contract';
import { AppError } from '../../base/index.ts';
import type { UploadFiles, UploadRef } from '../../capture/index.ts';

/** Uploaded files as `<dataDir>/uploads/<userId>/<fileId>`; files 0600, directories 0700. */
export function uploadFiles(dataDir: string): UploadFiles {
  const root = join(dataDir, 'uploads');
  const pathOf = ({ userId, id }: UploadRef): string =>
    join(root, userIdSchema.parse(userId), jobIdSchema.parse(id));

  return {
    pathOf,

    async write(ref, content, maxBytes) {
      const path = pathOf(ref);
      await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
      try {
        return await writeAll(path, content, maxBytes);
      } catch (error) {
        await rm(path, { force: true });
        throw isDiskFull(error) ? new AppError('storage_full') : error;
      }
    },

    async *read(ref, start, end) {
      if (end <= start) return;
      yield* createReadStream(pathOf(ref), {
        start,
        end: end - 1,
      }) as AsyncIterable<Uint8Array>;
    },

    remove: (ref) => rm(pathOf(ref), { force: true }),

    async keepOnly(refs) {
      const kept = new Set(refs.map(pathOf));
      for (const userId of await namesIn(root)) {
        const directory = join(root, userId);
        for (const name of await namesIn(directory)) {
          const path = join(directory, name);
          if (!kept.has(path)) await rm(path, { force: true, recursive: true });
        }
      }
    },
  };
}

async function writeAll(
  path: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<number> {
  await using file = await open(path, 'wx', 0o600);
  let byteCount = 0;
  for await (const chunk of content) {
    if (byteCount + chunk.byteLength > maxBytes) {
      throw new AppError('file_too_large', { limitMiB: Math.floor(maxBytes / 1024 ** 2) });
    }
    for (let at = 0; at < chunk.byteLength;) {
      const length = chunk.byteLength - at;
      at += (await file.write(chunk, at, length, byteCount + at)).bytesWritten;
    }
    byteCount += chunk.byteLength;
  }
  await file.datasync();
  return byteCount;
}

/** Empty when there is no such directory. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}
