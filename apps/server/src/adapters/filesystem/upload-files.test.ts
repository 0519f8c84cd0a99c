import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobIdSchema, userIdSchema } from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '../../base/index.ts';
import type { UploadFiles, UploadRef } from '../../capture/index.ts';
import { uploadFiles } from './upload-files.ts';

let directory: string;
let files: UploadFiles;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'uploads-'));
  files = uploadFiles(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

const newRef = (user = 'a'): UploadRef => ({
  userId: userIdSchema.parse(user.repeat(24)),
  id: jobIdSchema.parse(newUuid()),
});

async function* pieces(...parts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

const exists = (ref: UploadRef) => {
  try {
    return statSync(files.pathOf(ref)).isFile();
  } catch {
    return false;
  }
};

describe('uploaded files', () => {
  it('are written whole, for their owner alone, and read by range', async () => {
    const ref = newRef();
    expect(await files.write(ref, pieces('hello ', '', 'world'), 100)).toBe(11);
    expect(readFileSync(files.pathOf(ref), 'utf8')).toBe('hello world');
    expect(statSync(files.pathOf(ref)).mode & 0o777).toBe(0o600);
    const read = async (start: number, end: number) =>
      Buffer.concat(await Array.fromAsync(files.read(ref, start, end))).toString();
    expect(await read(6, 11)).toBe('world');
    expect(await read(6, 999)).toBe('world');
    expect(await read(3, 3)).toBe('');
  });

  it('that are too large are refused at the limit, and nothing is left', async () => {
    const ref = newRef();
    expect(await files.write(newRef(), pieces('1234', '5678'), 8)).toBe(8);
    await expect(files.write(ref, pieces('1234', '56789'), 8)).rejects.toMatchObject({
      code: 'file_too_large',
    });
    expect(exists(ref)).toBe(false);
  });

  it('whose sender fails leave nothing', async () => {
    const ref = newRef();
    const content = (async function* () {
      yield* pieces('some');
      throw new Error('connection lost');
    })();
    await expect(files.write(ref, content, 100)).rejects.toThrow('connection lost');
    expect(exists(ref)).toBe(false);
  });

  it('are removed, once and again', async () => {
    const ref = newRef();
    await files.write(ref, pieces('x'), 100);
    await files.remove(ref);
    await files.remove(ref);
    expect(exists(ref)).toBe(false);
  });

  it('are all removed but those that are wanted', async () => {
    await files.keepOnly([]);
    const [kept, left, other] = [newRef(), newRef(), newRef('b')];
    for (const ref of [kept, left, other]) await files.write(ref, pieces('x'), 100);
    writeFileSync(join(directory, 'uploads', kept.userId, 'stray'), '');
    await files.keepOnly([kept]);
    expect([kept, left, other].map(exists)).toEqual([true, false, false]);
    await files.remove(kept);
    expect(() => statSync(join(directory, 'uploads', kept.userId, 'stray'))).toThrow();
  });
});
