import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What set-up remembers and makes; may be deleted at any time. */
export const cacheFolder = join(root, 'node_modules', '.cache', 'friend-lite');

/** Absolute paths of all files below `folder` that `wanted` takes; `wanted` sees paths relative to it. */
export function filesBelow(folder, wanted) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return wanted(`${entry.name}/`)
        ? filesBelow(path, (inner) => wanted(`${entry.name}/${inner}`))
        : [];
    }
    return wanted(entry.name) ? [path] : [];
  });
}

/** A digest of names, contents and `facts`: equal as long as none of them changed. */
export function digestOf(files, facts = []) {
  const hash = createHash('sha256').update(JSON.stringify(facts));
  for (const file of [...files].sort()) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** The digest that was written under `name` when its step last succeeded; null before that. */
export function readStamp(name) {
  return readTextOrNull(join(cacheFolder, `${name}.stamp`));
}

export function writeStamp(name, digest) {
  const path = join(cacheFolder, `${name}.stamp`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, digest);
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The text of a file; null when there is none. */
export function readTextOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
