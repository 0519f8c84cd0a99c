import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { conversationIdSchema, userIdSchema } from '@friend-lite/contract';
import { parseWav, wavHeader, wavHeaderBytes } from '../../audio/index.ts';
import type { CroppedFiles } from '../../conversations/index.ts';

/** Cropped sound as `<dataDir>/cropped/<userId>/<conversationId>.wav`; files 0600, directories 0700. */
export function croppedFiles(dataDir: string): CroppedFiles {
  const pathOf = (userId: string, id: string): string =>
    join(dataDir, 'cropped', userIdSchema.parse(userId), `${conversationIdSchema.parse(id)}.wav`);

  return {
    async write(userId, id, format, chunks) {
      const path = pathOf(userId, id);
      await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
      const draft = `${path}.part`;
      try {
        const file = await open(draft, 'w', 0o600);
        try {
          let byteCount = 0;
          await file.write(wavHeader(format, 0), 0, wavHeaderBytes, 0);
          for await (const chunk of chunks) {
            await file.write(chunk, 0, chunk.byteLength, wavHeaderBytes + byteCount);
            byteCount += chunk.byteLength;
          }
          await file.write(wavHeader(format, byteCount), 0, wavHeaderBytes, 0);
          await file.datasync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },

    remove: (userId, id) => rm(pathOf(userId, id), { force: true }),

    async open(userId, id) {
      const path = pathOf(userId, id);
      const header = await readHeader(path);
      if (!header) return null;
      const parsed = parseWav(header);
      if (parsed.kind !== 'wav') return null;
      const { size } = await stat(path);
      return {
        format: parsed.format,
        byteCount: size - parsed.dataOffset,
        async *read(start, end) {
          if (end <= start) return;
          yield* createReadStream(path, {
            start: parsed.dataOffset + start,
            end: parsed.dataOffset + end - 1,
          }) as AsyncIterable<Uint8Array>;
        },
      };
    },
  };
}

async function readHeader(path: string): Promise<Uint8Array | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(wavHeaderBytes),
        0,
        wavHeaderBytes,
        0,
      );
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
