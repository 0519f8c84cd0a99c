import { randomBytes } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpaceReserve } from '../../capture/index.ts';

/** For the ends of what hundreds of devices record: headers, records, a few seconds of sound each. */
const byteCount = 16 * 1024 ** 2;
const blockBytes = 1024 ** 2;

/** A file of 16 MiB, `<dataDir>/reserve`. Its bytes are random: file systems that compress keep them whole. */
export function spaceReserve(dataDir: string): SpaceReserve {
  const path = join(dataDir, 'reserve');

  return {
    byteCount,

    async hold() {
      const found = await stat(path).catch(() => null);
      if (found?.size === byteCount) return;
      try {
        const file = await open(path, 'w', 0o600);
        try {
          for (let at = 0; at < byteCount; at += blockBytes) {
            await file.write(randomBytes(blockBytes), 0, blockBytes, at);
          }
          await file.datasync();
        } finally {
          await file.close();
        }
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },

    release: () => rm(path, { force: true }),
  };
}
