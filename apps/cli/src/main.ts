#!/usr/bin/env node
/** `friend-lite`: the command line of a Friend-Lite server, here or elsewhere. */
import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { askForCredentials } from './ask.ts';
import { checkRecordings } from './commands/check-recordings.ts';
import { examine, report } from './commands/doctor.ts';
import { importText } from './commands/import-text.ts';
import { fetchModel, listModels, removeModel } from './commands/models.ts';
import { search } from './commands/search.ts';
import { streamWav } from './commands/stream.ts';
import { uploadFiles } from './commands/upload.ts';
import { credentialsPath, environmentCredentials, tokenStore } from './credentials.ts';
import { sentenceFor } from './errors.ts';
import { isLocal, serverAddress } from './server-address.ts';
import { openSession, signIn, type SessionDeps } from './session.ts';

const checkout = resolve(import.meta.dirname, '../../..');
const interruptedCode = 130;

interface Shared {
  readonly server?: string;
}

const interrupt = new AbortController();
const program = new Command('friend-lite')
  .description('Talk to a Friend-Lite server: stream sound to it, search what it remembers.')
  .addOption(
    new Option('--server <url>', 'the server (default: FRIEND_LITE_SERVER, or this machine’s)'),
  );

program
  .command('stream')
  .description('stream a WAV file (16 kHz, mono, 16 bits) as a device would, in real pace')
  .argument('<wav>', 'the file')
  .option('--speed <factor>', 'times as fast as it was spoken', speed, 1)
  .option('--device <name>', 'name of the device (default: this machine’s name)')
  .option('--raw', 'send bare binary frames, as older devices do', false)
  .option('--hold', 'stay connected in silence until the conversation closes', false)
  .action(
    async (
      file: string,
      options: { speed: number; device?: string; raw: boolean; hold: boolean },
    ) => {
      const deps = sessionDeps();
      await streamWav({
        server: deps.server,
        openSession: () => openSession(deps),
        file: resolve(file),
        ...(options.device === undefined ? {} : { device: options.device }),
        speed: options.speed,
        isRaw: options.raw,
        isHeld: options.hold,
        signal: deps.signal,
        say,
        ...(process.stderr.isTTY ? { onProgress: showProgress() } : {}),
      });
    },
  );

program
  .command('upload')
  .description('send sound files that were recorded earlier, and follow how they are taken in')
  .argument('<files...>', 'WAV, MP3, M4A, OGG, FLAC, Opus, WebM …')
  .option('--device <name>', 'name of the device they come from (default: upload)')
  .option(
    '--recorded-at <time>',
    'when the sound starts (default: what the file’s date says)',
    moment,
  )
  .action(async (paths: string[], options: { device?: string; recordedAt?: Date }) => {
    const deps = sessionDeps();
    const isWhole = await uploadFiles({
      server: deps.server,
      openSession: () => openSession(deps),
      paths: paths.map((path) => resolve(path)),
      ...options,
      signal: deps.signal,
      say,
      ...(process.stderr.isTTY ? { onProgress: showPercent() } : {}),
    });
    if (!isWhole) process.exitCode = 1;
  });

program
  .command('import')
  .description('bring in what was written down elsewhere')
  .command('text')
  .description('transcripts and chat logs, which become conversations without sound')
  .argument('<files...>', 'TXT, SRT, VTT or JSON')
  .option('--device <name>', 'name of the device they are filed under (default: import)')
  .option(
    '--started-at <time>',
    'when the words begin (default: what the file says, or its date)',
    moment,
  )
  .action(async (paths: string[], options: { device?: string; startedAt?: Date }) => {
    const deps = sessionDeps();
    await importText({
      openSession: () => openSession(deps),
      paths: paths.map((path) => resolve(path)),
      ...options,
      signal: deps.signal,
      say,
    });
  });

program
  .command('search')
  .description('search what is remembered')
  .argument('<words...>', 'what to look for')
  .option('--limit <number>', 'results at most (1 to 100)', limit, 10)
  .action(async (words: string[], options: { limit: number }) => {
    const deps = sessionDeps();
    await search(await openSession(deps), {
      server: deps.server,
      query: words.join(' '),
      limit: options.limit,
      signal: deps.signal,
      print: (line) => console.log(line),
    });
  });

const models = program
  .command('models')
  .description('models that the server fetches when they are first wanted (administrators)');

models
  .command('list', { isDefault: true })
  .description('which there are, and which are here')
  .action(async () => {
    const { client } = await openSession(sessionDeps());
    await listModels(client, { print: (line) => console.log(line) });
  });

models
  .command('fetch')
  .description('have the server fetch one now, and follow it')
  .argument('<name>', 'as `models list` has it')
  .action(async (name: string) => {
    const deps = sessionDeps();
    const { client } = await openSession(deps);
    await fetchModel(client, name, {
      print: (line) => console.log(line),
      signal: deps.signal,
      pause: (ms) => setTimeout(ms, undefined, { signal: deps.signal }),
      ...(process.stderr.isTTY ? { onProgress: showBytes } : {}),
    });
  });

models
  .command('remove')
  .description('remove one from the server’s disk')
  .argument('<name>', 'as `models list` has it')
  .action(async (name: string) => {
    const { client } = await openSession(sessionDeps());
    await removeModel(client, name, { print: (line) => console.log(line) });
  });

program
  .command('doctor')
  .description('say what works, what does not, and how to mend it')
  .option('--captures', 'check every recording against its record (administrators)', false)
  .action(async (options: { captures: boolean }) => {
    const deps = sessionDeps();
    if (options.captures) {
      const isWhole = await checkRecordings((await openSession(deps)).client, {
        signal: deps.signal,
        print: (line) => console.log(line),
        ...(process.stderr.isTTY ? { onProgress: showSegments } : {}),
      });
      if (!isWhole) process.exitCode = 1;
      return;
    }
    const findings = await examine({
      server: deps.server,
      nodeVersion: process.version,
      openSession: () => openSession(deps),
      hasCredentials: async () =>
        (await deps.store.read(deps.server)) !== null || (await deps.credentials()) !== null,
      freeBytes: () => freeBytes(deps.server),
      signal: deps.signal,
    });
    console.log(report(findings));
    if (findings.some(({ mark }) => mark === 'bad')) process.exitCode = 1;
  });

program
  .command('login')
  .description('sign in and keep the token (FRIEND_LITE_EMAIL, FRIEND_LITE_PASSWORD, or asked for)')
  .option('--email <email>', 'whose account')
  .action(async (options: { email?: string }) => {
    const deps = sessionDeps();
    const known = options.email === undefined ? await deps.credentials() : null;
    const credentials = known ?? (await askForCredentials(options.email, deps.signal));
    const { user } = await signIn(deps, credentials);
    say(`Signed in to ${deps.server} as ${user.email}, for an hour.`);
  });

process.once('SIGINT', () => interrupt.abort());
try {
  await program.parseAsync();
  if (interrupt.signal.aborted) process.exitCode = interruptedCode;
} catch (error) {
  if (!interrupt.signal.aborted) say(sentenceFor(error, serverOrNothing()));
  process.exitCode = interrupt.signal.aborted ? interruptedCode : 1;
}

function sessionDeps(): SessionDeps {
  const server = serverOfCommand();
  return {
    server,
    store: tokenStore(credentialsPath(process.env)),
    credentials: () => environmentCredentials(server, process.env, resolve(checkout, '.env')),
    signal: interrupt.signal,
  };
}

/** For messages: the address itself may be what is wrong. */
function serverOrNothing(): string {
  try {
    return serverOfCommand();
  } catch {
    return 'the server';
  }
}

function serverOfCommand(): string {
  return serverAddress(program.opts<Shared>().server, process.env);
}

async function freeBytes(server: string): Promise<number | null> {
  if (!isLocal(server)) return null;
  const folders = [resolve(checkout, process.env.DATA_DIR ?? 'data'), checkout];
  for (const folder of folders) {
    const found = await statfs(folder).catch(() => null);
    if (found) return found.bavail * found.bsize;
  }
  return null;
}

/** Rewrites one line of the terminal. */
function showBytes(byteCount: number, totalBytes: number | null): void {
  const share = totalBytes ? ` (${Math.floor((100 * byteCount) / totalBytes)} %)` : '';
  process.stderr.write(`\r  ${(byteCount / 1e6).toFixed(1)} MB${share}`);
}

function showSegments(segments: number): void {
  process.stderr.write(`\r  ${segments} segments`);
}

/** Rewrites one line of the terminal, at most once a second. */
function showProgress(): (sentMs: number, durationMs: number) => void {
  let shownAt = 0;
  return (sentMs, durationMs) => {
    const isOver = sentMs >= durationMs;
    if (!isOver && performance.now() - shownAt < 1000) return;
    shownAt = performance.now();
    const [sent, all] = [sentMs, durationMs].map((ms) => `${Math.floor(ms / 1000)} s`);
    process.stderr.write(`\r  ${sent} of ${all}${isOver ? '\n' : ''}`);
  };
}

/** Rewrites one line of the terminal. */
function showPercent(): (percent: number, file: string | null) => void {
  return (percent, file) => {
    const line = `  ${String(percent).padStart(3)} %  ${file ?? ''}`;
    process.stderr.write(`\r\u001b[K${line}${percent === 100 ? '\n' : ''}`);
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function speed(text: string): number {
  const factor = Number(text);
  if (factor > 0 && factor <= 100) return factor;
  throw new InvalidArgumentError('It is a number above 0, up to 100.');
}

function moment(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('It is a time like 2026-05-01T14:30 or 2026-05-01T14:30:00Z.');
}

function limit(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 100.');
}
