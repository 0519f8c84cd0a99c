import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock, type FakeClock } from '../../base/fake-clock.ts';
import { silentLog } from '../../base/index.ts';
import { startAppendThread, type AppendThread } from './append-thread.ts';

let folder: string;
let fds: number[];
let clock: FakeClock;
let workers: Worker[];
let thread: AppendThread;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'friend-lite-append-'));
  fds = [];
  clock = fakeClock();
  workers = [];
  const spawn = () => {
    const worker = new Worker(new URL('./append-worker.ts', import.meta.url), { execArgv: [] });
    workers.push(worker);
    return worker;
  };
  thread = startAppendThread({ clock, log: silentLog, spawn });
});

afterEach(async () => {
  await thread.dispose();
  for (const fd of fds) closeSync(fd);
  rmSync(folder, { recursive: true });
});

function openFile(name: string): number {
  const fd = openSync(join(folder, name), 'w+');
  fds.push(fd);
  return fd;
}
const bytesOf = (name: string) => readFileSync(join(folder, name), 'utf8');
const text = (...parts: readonly string[]) => parts.map((part) => Buffer.from(part));

describe('appending in a thread', () => {
  it('writes each to its place, many at once and one after another', async () => {
    const files = Array.from({ length: 50 }, (_, index) => openFile(String(index)));
    for (const round of [0, 1, 2]) {
      await Promise.all(
        files.map((fd, index) =>
          thread.append(fd, text(`${round}`, `-${String(index).padStart(2, '0')};`), round * 5),
        ),
      );
    }
    for (const [index] of files.entries()) {
      const mark = String(index).padStart(2, '0');
      expect(bytesOf(String(index))).toBe(`0-${mark};1-${mark};2-${mark};`);
    }
    expect(workers).toHaveLength(1);
  });

  it('fails the one that cannot be written, with its reason, and no other', async () => {
    const good = openFile('good');
    // Not closed: its number may be somebody else's by then.
    const readOnly = openSync(join(folder, 'good'), 'r');
    fds.push(readOnly);
    const outcomes = await Promise.allSettled([
      thread.append(good, text('one'), 0),
      thread.append(readOnly, text('lost'), 0),
      thread.append(good, text('two'), 3),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'EBADF' } });
    expect(bytesOf('good')).toBe('onetwo');
  });

  it('loses nothing when the thread dies, and has another soon', async () => {
    const fd = openFile('file');
    const appended = Array.from({ length: 20 }, (_, index) =>
      thread.append(fd, text(String.fromCodePoint(97 + index)), index),
    );
    await workers[0]?.terminate();
    await Promise.all(appended);
    await thread.append(fd, text('!'), 20);
    clock.advance(1000);
    expect(workers).toHaveLength(2);
    await thread.append(fd, text('?'), 21);
    expect(bytesOf('file')).toBe('abcdefghijklmnopqrst!?');
  });

  it('goes on without the thread when it was disposed', async () => {
    const fd = openFile('file');
    await thread.dispose();
    await thread.append(fd, text('late'), 0);
    expect(bytesOf('file')).toBe('late');
  });
});
