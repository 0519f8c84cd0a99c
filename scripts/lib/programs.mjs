import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { endOf, say } from './run.mjs';
import { cacheFolder } from './tree.mjs';

/** How to see that a Debian package is there: a program on the PATH, or a file. */
const signs = {
  ffmpeg: 'ffmpeg',
  pocketsphinx: 'pocketsphinx_continuous',
  'pocketsphinx-en-us': '/usr/share/pocketsphinx/model/en-us/en-us.lm.bin',
  flite: 'flite',
  sox: 'sox',
  chromium: 'chromium',
};
/** What speech is recognised with, and what sound of other formats is converted with. */
export const programsToServe = ['ffmpeg', 'pocketsphinx', 'pocketsphinx-en-us'];
/** … and what speaks, mixes and looks at pages in tests. */
export const programsToTest = [...programsToServe, 'flite', 'sox', 'chromium'];

const limitMs = 10 * 60_000;
const aptOptions = ['--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];

/**
 * Installs the Debian packages that are missing, where that is possible and allowed; elsewhere says what to
 * run. Everything works without them, just less of it: this never throws.
 *
 * @param without what is missing without them, for people.
 */
export async function ensurePrograms(packages, { mayInstall, without }) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install -y ${missing.join(' ')}`;
  if (!mayInstall || process.getuid?.() !== 0 || !isOnPath('apt-get')) {
    const prefix = process.getuid?.() === 0 ? '' : 'sudo ';
    say(`Not installed: ${missing.join(', ')}. Without them, ${without}.`);
    say(`To add them on Debian or Ubuntu: ${prefix}${command}`);
    return;
  }
  const startedAt = Date.now();
  say(`Installing Debian packages (${missing.join(' ')}) …`);
  const failure = await install(missing);
  say(
    failure === null
      ? `Installing Debian packages: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`
      : `Installing Debian packages failed; without them, ${without}. Try: ${command}\n${failure}`,
  );
}

/** Null when all are installed, else the last lines of what apt-get said. */
async function install(packages) {
  const log = join(cacheFolder, 'apt.log');
  mkdirSync(cacheFolder, { recursive: true });
  const output = openSync(log, 'w');
  try {
    const wanted = ['install', ...aptOptions, ...packages];
    // The lists of a fresh machine are empty; those of an old one name files that are gone.
    const isDone =
      (await aptGet(wanted, output)) ||
      ((await aptGet(['update'], output)) && (await aptGet(wanted, output)));
    return isDone ? null : readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  } finally {
    closeSync(output);
  }
}

/**
 * In a group of its own and with its output in a file, so that neither Ctrl+C nor the end of this process
 * stops it half-way through a package.
 */
async function aptGet(args, output) {
  const child = spawn('apt-get', args, {
    stdio: ['ignore', output, output],
    detached: true,
    timeout: limitMs,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return (await endOf(child)).code === 0;
}

function isInstalled(name) {
  const sign = signs[name];
  if (sign.startsWith('/') ? existsSync(sign) : isOnPath(sign)) return true;
  // Releases differ in what a package holds; one that is there is not asked for again.
  const query = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]);
  return query.stdout?.toString() === 'installed';
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
