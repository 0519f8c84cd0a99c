import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const lockModule = new URL('./lock.mjs', import.meta.url).href;
/** Takes the lock, writes that it began and that it ended, and lets go. */
const script = `
  import { appendFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { withLock } from '${lockModule}';
  const [folder, name] = process.argv.slice(1);
  await withLock(async () => {
    appendFileSync(folder + '/log', name + ' begins\\n');
    await sleep(100);
    appendFileSync(folder + '/log', name + ' ends\\n');
  }, folder + '/lock');
`;
let folder;

const contend = (name) =>
  new Promise((resolve) => {
    const args = ['--input-type=module', '--eval', script, folder, name];
    spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'ignore'] }).once(
      'close',
      resolve,
    );
  });
const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'friend-lite-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of the set-up', () => {
  it('lets one process work at a time', async () => {
    const names = ['a', 'b', 'c', 'd'];
    expect(await Promise.all(names.map(contend))).toEqual([0, 0, 0, 0]);
    const lines = log();
    expect(lines).toHaveLength(8);
    for (let index = 0; index < lines.length; index += 2) {
      expect(lines[index + 1]).toBe(lines[index].replace('begins', 'ends'));
    }
  });

  it('is taken from a holder that died', async () => {
    writeFileSync(join(folder, 'lock'), '1');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(join(folder, 'lock'), longAgo, longAgo);
    expect(await Promise.all(['a', 'b', 'c'].map(contend))).toEqual([0, 0, 0]);
    expect(log()).toHaveLength(6);
  });
});
