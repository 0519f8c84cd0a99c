import type { Client } from '@friend-lite/client';
import type { ModelBody } from '@friend-lite/contract';
import { CliError } from '../errors.ts';

interface Output {
  readonly print: (line: string) => void;
}

const pollMs = 1000;

/** One line a model. */
export async function listModels(client: Pick<Client, 'models'>, { print }: Output): Promise<void> {
  const models = await client.models();
  const width = Math.max(0, ...models.map(({ name }) => name.length));
  for (const model of models) {
    print(`${model.name.padEnd(width)}  ${standing(model)}  ${model.licence}, ${model.repository}`);
  }
}

/**
 * Has the server fetch a model, and follows it until it is there.
 *
 * @throws CliError with the server's reason when it could not be fetched.
 */
export async function fetchModel(
  client: Pick<Client, 'model' | 'fetchModel'>,
  name: string,
  {
    print,
    onProgress,
    signal,
    pause,
  }: Output & {
    /** Bytes that are there, of how many. */
    readonly onProgress?: (byteCount: number, totalBytes: number | null) => void;
    readonly signal: AbortSignal;
    readonly pause: (ms: number) => Promise<void>;
  },
): Promise<void> {
  let model = await client.fetchModel(name, { signal });
  while (model.state === 'fetching') {
    onProgress?.(model.bytes, model.total_bytes);
    await pause(pollMs);
    signal.throwIfAborted();
    model = await client.model(name, { signal });
  }
  if (model.state !== 'present') {
    throw new CliError(`${name} could not be fetched: ${model.problem ?? 'it was removed'}`);
  }
  print(`${name} is there: ${megabytes(model.bytes)}.`);
}

export async function removeModel(
  client: Pick<Client, 'removeModel'>,
  name: string,
  { print }: Output,
): Promise<void> {
  const { message } = await client.removeModel(name);
  print(`${message}.`);
}

function standing({ state, bytes, total_bytes: total, problem }: ModelBody): string {
  switch (state) {
    case 'present':
      return `here, ${megabytes(bytes)}`;
    case 'fetching':
      return `being fetched, ${megabytes(bytes)}${total === null ? '' : ` of ${megabytes(total)}`}`;
    case 'absent':
      return problem === null ? 'not here' : `not here: ${problem}`;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
