import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program of this name is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface RunLimits {
  /** The Debian package that has the program, for the error when it is missing. */
  readonly debianPackage: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end and returns what it wrote to its standard output.
 * Throws when it is not installed (the message says how to install it), fails, or takes too long.
 */
export async function run(
  program: string,
  args: readonly string[],
  { debianPackage, timeoutMs, signal }: RunLimits,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: 1024 * 1024, ...(signal && { signal }) };
    execFile(program, args, options, (error, stdout) => {
      if (!error) resolve(stdout);
      else if (error.code === 'ENOENT') {
        const advice = `${program} is not installed; on Debian: apt-get install ${debianPackage}`;
        reject(new Error(advice, { cause: error }));
      } else reject(new Error(`${program} failed`, { cause: error }));
    });
  });
}
