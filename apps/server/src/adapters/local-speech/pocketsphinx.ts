import { access, constants } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { durationMs, speechFormat } from '../../audio/index.ts';
import { ProviderError, unreachable, type Clock } from '../../base/index.ts';
import type { Availability, Transcriber } from '../../transcription/index.ts';
import { parseWordTimes } from './pocketsphinx-output.ts';
import { runProgram, type ProgramEnd } from './run-program.ts';

const name = 'pocketsphinx';
/** Of Debian's and Ubuntu's package `pocketsphinx`, version 5prealpha. Version 5 proper has no such program. */
const program = 'pocketsphinx_continuous';
const model = 'cmusphinx-en-us';
/** Where the distribution and an installation from source keep the model. */
const usualModelFolders = [
  '/usr/share/pocketsphinx/model/en-us',
  '/usr/local/share/pocketsphinx/model/en-us',
];
const advice =
  'To recognise speech on this machine: apt-get install pocketsphinx pocketsphinx-en-us';

/** It needs about a seventh of the sound's length on a free core; this is for crowded ones. */
const limitMsFor = (audioMs: number): number => 60_000 + 3 * audioMs;
/** A minute of fast speech with word times is a twentieth of it. */
const maxOutputBytes = 256 * 1024;
/** Signals by which a process dies of its own fault: the same sound would do it again. */
const crashes = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL'];

/**
 * The PocketSphinx program with its English model: a recogniser that needs no server and no network. Each
 * request is a process of its own, at a lower priority than the server.
 */
export function pocketSphinx(options: {
  readonly clock: Clock;
  readonly modelFolders?: readonly string[];
}): Transcriber {
  const { clock, modelFolders = usualModelFolders } = options;

  return {
    name,
    capabilities: {
      timestamps: 'word',
      // Of stretches of a minute it mishears half as many words again.
      unit: 'utterance',
      diarization: false,
      keyterms: false,
      languages: ['en'],
      // Half of the machine stays free for everything else.
      concurrency: Math.max(1, Math.floor(availableParallelism() / 2)),
      maxAudioMs: 60_000,
    },

    async probe(): Promise<Availability> {
      if (!(await isOnPath(program))) {
        return { available: false, reason: `The program ${program} is not installed. ${advice}` };
      }
      return (await modelIn(modelFolders))
        ? { available: true, model }
        : { available: false, reason: `PocketSphinx has no English model. ${advice}` };
    },

    async transcribe({ pcm }, signal) {
      signal.throwIfAborted();
      const folder = await modelIn(modelFolders);
      if (!folder) throw new ProviderError(name, 'transient', 'the English model is gone');
      const end = await runProgram({
        program,
        args: argumentsFor(folder),
        input: pcm,
        limitMs: limitMsFor(durationMs(speechFormat, pcm.length)),
        maxOutputBytes,
        clock,
        signal,
      }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw new ProviderError(name, 'transient', 'the program cannot be started', {
          cause: error,
        });
      });
      const utterances = parseWordTimes(outputOf(end));
      return utterances.length === 0
        ? { kind: 'silence', model }
        : { kind: 'words', model, utterances };
    },

    live: null,
  };
}

function argumentsFor(modelFolder: string): string[] {
  return [
    // A name that does not end in .wav means raw samples.
    ...['-infile', '/dev/stdin'],
    ...['-hmm', join(modelFolder, 'en-us')],
    ...['-lm', join(modelFolder, 'en-us.lm.bin')],
    ...['-dict', join(modelFolder, 'cmudict-en-us.dict')],
    ...['-time', 'yes', '-logfn', '/dev/null'],
  ];
}

function outputOf(end: ProgramEnd): string {
  switch (end.kind) {
    case 'finished':
      return end.output;
    case 'timed-out':
      throw new ProviderError(name, 'timeout', 'took too long');
    case 'too-much-output':
      throw new ProviderError(name, 'bad-request', 'said more than anybody can');
    case 'failed': {
      const isCrash = end.signal !== null && crashes.includes(end.signal);
      const how = end.signal ?? `exit code ${end.exitCode ?? 'unknown'}`;
      throw new ProviderError(name, isCrash ? 'bad-request' : 'transient', `ended with ${how}`);
    }
    default:
      return unreachable(end);
  }
}

async function isOnPath(file: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = await Promise.all(
    folders.map((folder) => isThere(join(folder, file), constants.X_OK)),
  );
  return found.includes(true);
}

async function modelIn(folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    const parts = ['en-us/mdef', 'en-us.lm.bin', 'cmudict-en-us.dict'];
    const found = await Promise.all(
      parts.map((part) => isThere(join(folder, part), constants.R_OK)),
    );
    if (!found.includes(false)) return folder;
  }
  return null;
}

async function isThere(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
