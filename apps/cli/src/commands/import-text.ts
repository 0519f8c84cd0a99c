import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CliError } from '../errors.ts';
import type { Session } from '../session.ts';
import { readTranscriptFile } from '../transcript-file.ts';

export interface ImportTextOptions {
  readonly openSession: () => Promise<Session>;
  readonly paths: readonly string[];
  readonly device?: string;
  /** When the words of a file begin that does not say; else the file's own date. */
  readonly startedAt?: Date;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Brings in words that were written down elsewhere. All files are read before the first is sent; sending one again adds
 * nothing.
 *
 * @throws CliError for what cannot be read; ApiError when the server refuses.
 */
export async function importText(options: ImportTextOptions): Promise<void> {
  const { paths, device, startedAt, signal, say } = options;
  const files = await Promise.all(paths.map((path) => open(path, startedAt)));
  const { client } = await options.openSession();
  for (const { name, conversations } of files) {
    let utterances = 0;
    for (const conversation of conversations) {
      const body = device === undefined ? conversation : { ...conversation, device_name: device };
      utterances += (await client.importConversation(body, { signal })).utterance_count;
    }
    const count = conversations.length;
    say(`  ${name}: ${count} conversation${count === 1 ? '' : 's'}, ${utterances} utterances`);
  }
}

async function open(path: string, startedAt: Date | undefined) {
  const name = basename(path);
  try {
    const [text, { mtime }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { name, conversations: readTranscriptFile({ name, text }, startedAt ?? mtime) };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${path} cannot be read`, { cause: error });
  }
}
