import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { runStep } from './run.mjs';
import { cacheFolder, digestOf, filesBelow, readStamp, root, writeStamp } from './tree.mjs';

const stampName = 'dashboard';
const folder = join(root, 'apps', 'dashboard');
const built = join(folder, 'dist');
const sources = [folder, join(root, 'packages', 'client'), join(root, 'packages', 'contract')];

/** Builds the dashboard, unless that was done since its sources last changed. */
export async function ensureDashboard() {
  if (isFresh()) return;
  await withLock(async () => {
    const digest = digestOfSources();
    if (isFresh()) return;
    // Built aside and then moved, so that a server that runs never shows half a build.
    const draft = join(cacheFolder, 'dashboard');
    await runStep(
      'Building the dashboard',
      process.execPath,
      [
        join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
        ...['build', '--outDir', draft, '--emptyOutDir', '--logLevel', 'warn'],
      ],
      { cwd: folder, limitMs: 5 * 60_000 },
    );
    rmSync(built, { recursive: true, force: true });
    renameSync(draft, built);
    writeStamp(stampName, digest);
  });
}

function isFresh() {
  return existsSync(join(built, 'index.html')) && readStamp(stampName) === digestOfSources();
}

function digestOfSources() {
  const isSource = (path) => !/^(dist|e2e|node_modules)\/|\.md$|\.test\.tsx?$/.test(path);
  const files = sources.flatMap((source) => filesBelow(source, isSource));
  return digestOf([...files, join(root, 'package-lock.json'), join(root, 'tsconfig.base.json')]);
}
