#!/usr/bin/env node
/**
 * What `npm start`, `npm test` and their like run: sets up what is missing, then runs the command. Works with
 * any Node.js from 18 on and uses nothing else. When everything is there it only looks.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureDashboard } from './lib/dashboard.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { ensurePrograms, programsToServe, programsToTest } from './lib/programs.mjs';
import { runInForeground, runStep, say, SetupError } from './lib/run.mjs';
import { npmCli, runtimeFor } from './lib/runtime.mjs';
import { cacheFolder, readJson, root } from './lib/tree.mjs';

const usage = `node scripts/prepare.mjs [command] [its arguments]

  setup     only set up (the default)
  start     run the server
  test      run the tests; arguments go to vitest
  walk      stream a spoken dialogue through a server and show what comes of it
  cli       run the friend-lite command line
  check     types, lint, format, imports, dead code, licences

Debian packages that are missing are installed by start, test and walk, as root. Not so with
--no-system-install or FRIEND_LITE_NO_SYSTEM_INSTALL=1.`;

const noInstallOption = '--no-system-install';
const withoutRecogniser = 'speech is not recognised on this machine';
const withoutTools = 'the tests that need them are skipped';

/** Arguments of this script, and those of the command it runs. */
const [commandName = 'setup', ...rest] = process.argv.slice(2);
const args = rest.filter((argument) => argument !== noInstallOption);
const mayInstall = args.length === rest.length && !isSet(process.env.FRIEND_LITE_NO_SYSTEM_INSTALL);

const commands = {
  async setup() {
    await ensurePackages();
    await ensureDashboard();
    return 0;
  },

  async start() {
    await ensurePackages();
    // A server without pages still records.
    await ensureDashboard().catch(tell);
    const env = { NODE_COMPILE_CACHE: join(cacheFolder, 'compiled'), ...process.env };
    await ensureCompiled(env).catch(tell);
    const server = runNode(['apps/server/src/main.ts', ...args], env);
    // Behind the server's start: it notices by itself when a recogniser appears.
    const programs = sleep(3000, undefined, { ref: false }).then(() =>
      ensurePrograms(programsToServe, { mayInstall, without: withoutRecogniser }),
    );
    programs.catch(tell);
    return server;
  },

  async test() {
    await ensurePackages();
    await ensureDashboard();
    await ensurePrograms(programsToTest, { mayInstall, without: withoutTools });
    const isChosen = args.some((argument) => argument.startsWith('--project'));
    const tiers = ['unit', 'conformance', 'integration'].flatMap((name) => ['--project', name]);
    return runNode(['node_modules/vitest/vitest.mjs', 'run', ...(isChosen ? [] : tiers), ...args]);
  },

  async walk() {
    await ensurePackages();
    await ensurePrograms(programsToTest, {
      mayInstall,
      without: 'there is nobody to speak or to listen',
    });
    return runNode(['scripts/walk.ts', ...args]);
  },

  async cli() {
    await ensurePackages();
    // Where the person is who typed it; npm changes to the top folder.
    const cwd = process.env.INIT_CWD ?? process.cwd();
    return runInForeground(process.execPath, [join(root, 'apps/cli/src/main.ts'), ...args], {
      cwd,
    });
  },

  /** Every `check:…` script of package.json, also after one has failed. */
  async check() {
    await ensurePackages();
    const npm = npmCli();
    if (!npm) throw new SetupError('npm was not found.');
    const scripts = Object.keys(readJson(join(root, 'package.json')).scripts);
    const failed = [];
    for (const script of scripts.filter((name) => name.startsWith('check:'))) {
      if ((await runNode([npm, 'run', script, ...args])) !== 0) failed.push(script);
    }
    if (failed.length > 0) say(`Failed: ${failed.join(', ')}`);
    return failed.length === 0 ? 0 : 1;
  },
};

process.exitCode = await main().catch((error) => {
  tell(error);
  return 1;
});
// What is still being installed goes on by itself.
if (commandName === 'start') process.exit();

async function main() {
  if (!Object.hasOwn(commands, commandName)) {
    say(usage);
    return commandName === '--help' ? 0 : 2;
  }
  const runtime = await runtimeFor();
  if (runtime) {
    const here = fileURLToPath(import.meta.url);
    const same = [here, ...process.argv.slice(2)];
    return runInForeground(runtime.node, same, { env: runtime.env });
  }
  return commands[commandName]();
}

/** Loads the server once, so that its first start finds it compiled: a second less until it is ready. */
async function ensureCompiled(env) {
  if (existsSync(env.NODE_COMPILE_CACHE)) return;
  const load = "await import('./apps/server/src/compose.ts')";
  const options = { cwd: root, env, limitMs: 60_000 };
  await runStep('Compiling', process.execPath, ['--input-type=module', '-e', load], options);
}

/** Runs a script of this checkout in its top folder, with this terminal. */
function runNode(command, env = process.env) {
  return runInForeground(process.execPath, command, { cwd: root, env });
}

function tell(error) {
  say(error instanceof SetupError ? error.message : String(error?.stack ?? error));
}

function isSet(value) {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}
