import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureWritable } from './writable.ts';

describe('the check at the start', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'writable-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('makes the directory and leaves nothing in it', async () => {
    await ensureWritable(dataDir);
    expect(await readdir(join(dataDir, 'audio'))).toEqual([]);
  });

  it('names the directory and the reason when sound cannot be stored', async () => {
    await writeFile(join(dataDir, 'audio'), 'in the way');
    await expect(ensureWritable(dataDir)).rejects.toThrow(
      `sound cannot be stored in ${join(dataDir, 'audio')} (EEXIST); check DATA_DIR`,
    );
  });
});
