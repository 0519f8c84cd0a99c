import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import { speechFormat } from '../../audio/index.ts';
import { segmentFiles } from './segment-files.ts';

const child = fileURLToPath(new URL('./recording-child.fixture.ts', import.meta.url));
const userId = userIdSchema.parse('665f00000000000000a11ce0');
const maxLossMs = 250;

/** Records in a process of its own, kills it after `ms`, and compares what was sent with what is left. */
async function killAfter(ms: number) {
  const dataDir = await mkdtemp(join(tmpdir(), 'killed-'));
  try {
    const recording = spawn(process.execPath, [child, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    recording.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
    await once(recording.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, ms));
    recording.kill('SIGKILL');
    await once(recording, 'close');
    const lines = told.trimEnd().split('\n');
    const framesSent = lines.filter((line) => line.startsWith('frame ')).length;
    const [, id] = lines.find((line) => line.startsWith('segment '))?.split(' ') ?? [];

    const files = segmentFiles(dataDir);
    const ref = { userId, captureId: captureIdSchema.parse(id), index: 0 };
    const repairedBytes = (await files.repair(ref, speechFormat))?.byteCount ?? 0;
    const chunks: Uint8Array[] = [];
    for await (const chunk of files.read(ref, 0, repairedBytes)) chunks.push(chunk);
    return { framesSent, repairedBytes, sound: Buffer.concat(chunks) };
  } finally {
    await rm(dataDir, { recursive: true });
  }
}

describe('kill -9 while recording', () => {
  it.concurrent.each([400, 733, 1100, 1537, 1961, 2222, 2718, 3141])(
    'after %i ms loses at most 250 ms of sound, and leaves a file that can be repaired',
    async (ms) => {
      const { framesSent, repairedBytes, sound } = await killAfter(ms);
      expect(repairedBytes).toBe(sound.byteLength);
      expect(framesSent * 20 - repairedBytes / 32).toBeLessThanOrEqual(maxLossMs);
      for (let at = 0; at < sound.byteLength; at += 2) {
        if (sound.readInt16LE(at) !== Math.floor(at / 640)) {
          expect.fail(`the sample at byte ${at} is not the one that was sent`);
        }
      }
    },
  );
});
