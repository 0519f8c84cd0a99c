import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Credentials } from './credentials.ts';
import { CliError } from './errors.ts';

/**
 * Asks for email (unless given) and password on the terminal; what is typed as password is not shown.
 *
 * @throws CliError when there is no terminal; the signal's AbortError when it aborts.
 */
export async function askForCredentials(
  email: string | undefined,
  signal: AbortSignal,
): Promise<Credentials> {
  if (!process.stdin.isTTY) {
    throw new CliError(
      'There is no terminal to ask on. Set FRIEND_LITE_EMAIL and FRIEND_LITE_PASSWORD instead.',
    );
  }
  let isMuted = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isMuted) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  // While a line is read, the terminal hands Ctrl+C to it and not to the process.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const name = email ?? (await lines.question('Email: ', { signal }));
    process.stderr.write('Password: ');
    isMuted = true;
    const password = await lines.question('', { signal });
    return { email: name.trim(), password };
  } finally {
    if (isMuted) process.stderr.write('\n');
    lines.close();
  }
}
