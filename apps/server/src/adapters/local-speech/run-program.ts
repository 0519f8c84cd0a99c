import { spawn } from 'node:child_process';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../base/index.ts';

/** Lower than the server's own: recording must not wait for recognition. */
const niceness = 10;

export type ProgramEnd =
  | { readonly kind: 'finished'; readonly output: string }
  | { readonly kind: 'timed-out' | 'too-much-output' }
  /** `signal` when it crashed or was killed. */
  | { readonly kind: 'failed'; readonly exitCode: number | null; readonly signal: string | null };

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  /** What it reads as its standard input. */
  readonly input: Uint8Array;
  readonly limitMs: number;
  readonly maxOutputBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Runs a program to its end and tells how it ended. Whatever happens, it is gone when this settles, and
 * nothing of the input is left on disk. Rejects with the signal's reason when aborted, and when the program
 * cannot be started.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  run.signal.throwIfAborted();
  const input = await namelessFile(run.input);
  try {
    run.signal.throwIfAborted();
    return await finish(run, input);
  } finally {
    await input.close();
  }
}

/** A file that the system removes by itself when the last process that has it open is gone. */
async function namelessFile(content: Uint8Array): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'friend-lite-'));
  try {
    const file = await open(join(folder, 'input'), 'wx+', 0o600);
    try {
      await rm(folder, { recursive: true });
      // Written by position, so that a reader of the same handle starts at 0.
      for (let at = 0; at < content.length;) {
        at += (await file.write(content, at, content.length - at, at)).bytesWritten;
      }
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function finish(run: ProgramRun, input: FileHandle): Promise<ProgramEnd> {
  const { program, args, limitMs, maxOutputBytes, clock, signal } = run;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: [input.fd, 'pipe', 'ignore'] });
    const output: Buffer[] = [];
    let outputBytes = 0;
    let isTimedOut = false;
    const kill = (): void => {
      child.kill('SIGKILL');
      // A child of its own could hold the pipe open.
      child.stdout?.destroy();
    };
    const cancelLimit = clock.after(limitMs, () => {
      isTimedOut = true;
      kill();
    });
    const settled = (): void => {
      cancelLimit();
      signal.removeEventListener('abort', kill);
    };
    signal.addEventListener('abort', kill);

    child.once('spawn', () => lowerPriority(child.pid));
    child.stdout?.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > maxOutputBytes) kill();
      else output.push(chunk);
    });
    child.once('error', (error) => {
      settled();
      reject(error);
    });
    child.once('close', (exitCode, killedBy) => {
      settled();
      if (signal.aborted) reject(signal.reason as Error);
      else if (isTimedOut) resolve({ kind: 'timed-out' });
      else if (outputBytes > maxOutputBytes) resolve({ kind: 'too-much-output' });
      else if (exitCode !== 0) resolve({ kind: 'failed', exitCode, signal: killedBy });
      else resolve({ kind: 'finished', output: Buffer.concat(output).toString('utf8') });
    });
  });
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // It has ended already, or the system does not allow it: then it runs as it is.
  }
}
