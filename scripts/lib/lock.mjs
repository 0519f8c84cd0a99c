import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, SetupError } from './run.mjs';
import { cacheFolder } from './tree.mjs';

/** The holder touches its lock this often; untouched for longer than `staleMs`, its holder is dead. */
const beatMs = 2000;
const staleMs = 15_000;
const pollMs = 250;
const patienceMs = 20 * 60_000;

/** Runs `work` while no other set-up of this checkout works, in whatever process. Waits for one that does. */
export async function withLock(work, path = join(cacheFolder, 'lock')) {
  await acquire(path);
  const beat = setInterval(() => touch(path), beatMs);
  const letGo = () => release(path);
  process.on('exit', letGo);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', letGo);
    letGo();
  }
}

async function acquire(path) {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; !tryToTake(path); tries++) {
    if (tries === 0) say('Another command is setting up this folder; waiting for it …');
    if (Date.now() > deadline) throw new SetupError(`Still locked: ${path}`);
    removeIfStale(path);
    await sleep(pollMs);
  }
}

function tryToTake(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved aside before it is judged for good, so that of two processes only one can remove it. */
function removeIfStale(path) {
  if (!isStale(path)) return;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (isStale(aside)) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function isStale(file) {
  try {
    return Date.now() - statSync(file).mtimeMs > staleMs;
  } catch {
    return false;
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Gone: somebody took it for stale. What it guards can be repeated.
  }
}

function release(path) {
  try {
    if (readFileSync(path, 'utf8') === String(process.pid)) rmSync(path, { force: true });
  } catch {
    // Gone already.
  }
}
