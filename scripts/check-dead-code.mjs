#!/usr/bin/env node
/**
 * Finds files, exports and dependencies that nobody uses, by knip and knip.json. Knip is installed apart from
 * the workspaces, in tools/deadcode, on first use.
 */
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lib/lock.mjs';
import { runInForeground } from './lib/run.mjs';
import { npmStep } from './lib/runtime.mjs';
import { readJson, readTextOrNull, root } from './lib/tree.mjs';

const folder = join(root, 'tools', 'deadcode');
const knip = join(folder, 'node_modules', 'knip');

if (!isThere()) {
  await withLock(async () => {
    if (!isThere())
      await npmStep('Installing the dead-code check', ['install', '--no-save'], folder);
  });
}
process.exitCode = await runInForeground(
  process.execPath,
  [join(knip, 'bin', 'knip.js'), '--no-progress', ...process.argv.slice(2)],
  { cwd: root },
);

function isThere() {
  const pinned = readJson(join(folder, 'package.json')).devDependencies.knip;
  const installed = readTextOrNull(join(knip, 'package.json'));
  return installed !== null && JSON.parse(installed).version === pinned;
}
