import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';

/** A failure that is told in words, without a stack. */
export class SetupError extends Error {}

/** Set-up talks on standard error, so that the output of commands stays clean. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs one step of the set-up: a line when it starts, a line when it is done, silence in between.
 *
 * @throws SetupError with the last 20 lines of what it printed, when it fails or takes longer than `limitMs`.
 */
export async function runStep(title, program, args, { limitMs, ...options }) {
  const startedAt = Date.now();
  say(`${title} …`);
  const output = [];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    ...options,
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => output.push(part));
  const end = await endOf(child);
  if (end.code !== 0) {
    const lines = Buffer.concat(output).toString().trimEnd().split('\n').slice(-20);
    const why = end.error ?? (end.signal ? `stopped by ${end.signal}` : `exit code ${end.code}`);
    throw new SetupError([`${title}: failed (${why})`, ...lines].join('\n'));
  }
  say(`${title}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/**
 * Runs the command everything was set up for: it has this terminal, and gets the signals sent to this process.
 * Resolves with its exit code; 128 + n when signal n ended it.
 */
export async function runInForeground(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  // Ctrl+C reaches everybody on a terminal; sent on, the child would hear it twice.
  const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => {
      if (signal !== 'SIGINT' || !isOnTerminal) child.kill(signal);
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  const end = await endOf(child);
  for (const [signal, handler] of handlers) process.off(signal, handler);
  if (end.error) throw new SetupError(`${program} cannot be started (${end.error})`);
  return end.signal ? 128 + constants.signals[end.signal] : end.code;
}

/** How a child process ended. `error`: the code of what kept it from starting. */
export function endOf(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error: error.code }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
