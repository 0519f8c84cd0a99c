import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { npmStep } from './runtime.mjs';
import { digestOf, readJson, readStamp, readTextOrNull, root, writeStamp } from './tree.mjs';

const stampName = 'packages';
const lockFile = join(root, 'package-lock.json');
/** What npm itself keeps of what it has installed. */
const installedFile = join(root, 'node_modules', '.package-lock.json');

/** Installs the packages of all workspaces, unless that was done since they last changed. */
export async function ensurePackages() {
  if (isFresh()) return;
  await withLock(async () => {
    if (isFresh()) return;
    // A tree somebody installed by hand is taken as it is.
    if (readStamp(stampName) !== null || !isInstalled()) {
      // Not `npm ci`: it refuses a lock whose optional packages for other platforms a registry does not serve.
      await npmStep(
        'Installing packages',
        ['install', '--no-save', '--include=dev', '--include=optional'],
        root,
      );
    }
    writeStamp(stampName, digest());
  });
}

function isFresh() {
  return existsSync(installedFile) && readStamp(stampName) === digest();
}

function digest() {
  const manifests = ['apps', 'packages'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name, 'package.json')),
  );
  return digestOf(
    [join(root, 'package.json'), lockFile, join(root, '.npmrc'), ...manifests.filter(existsSync)],
    [process.platform, process.arch],
  );
}

/** Whether everything the lock file asks for is there, in its version. */
function isInstalled() {
  const text = readTextOrNull(installedFile);
  if (text === null) return false;
  const installed = JSON.parse(text).packages;
  return Object.entries(readJson(lockFile).packages)
    .filter(([path, entry]) => path.includes('node_modules/') && !isOptional(entry))
    .every(([path, entry]) =>
      entry.link ? installed[path]?.link : installed[path]?.version === entry.version,
    );
}

function isOptional({ optional, devOptional, peer }) {
  return optional === true || devOptional === true || peer === true;
}
