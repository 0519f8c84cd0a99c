import type { ModelBody } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { fetchModel, listModels, removeModel } from './models.ts';

const model = (change: Partial<ModelBody> = {}): ModelBody => ({
  name: 'whisper-tiny.en',
  purpose: 'speech-to-text',
  licence: 'MIT',
  repository: 'somebody/tiny',
  state: 'absent',
  bytes: 0,
  total_bytes: null,
  problem: null,
  ...change,
});

async function follow(...answers: readonly ModelBody[]) {
  const [first = model(), ...rest] = answers;
  const printed: string[] = [];
  const progress: (readonly [number, number | null])[] = [];
  await fetchModel(
    { fetchModel: async () => first, model: async () => rest.shift() ?? first },
    first.name,
    {
      print: (line) => printed.push(line),
      onProgress: (...at) => progress.push(at),
      signal: new AbortController().signal,
      pause: async () => undefined,
    },
  );
  return { printed, progress };
}

describe('models', () => {
  it('are listed with how each stands', async () => {
    const printed: string[] = [];
    const models = [
      model({ state: 'present', bytes: 41_000_000 }),
      model({ name: 'whisper-base', state: 'fetching', bytes: 5_000_000, total_bytes: 80_000_000 }),
      model({ name: 'whisper-small', problem: 'the hub answered 404' }),
    ];
    await listModels({ models: async () => models }, { print: (line) => printed.push(line) });
    expect(printed).toEqual([
      'whisper-tiny.en  here, 41.0 MB  MIT, somebody/tiny',
      'whisper-base     being fetched, 5.0 MB of 80.0 MB  MIT, somebody/tiny',
      'whisper-small    not here: the hub answered 404  MIT, somebody/tiny',
    ]);
  });

  it('are followed until they are there', async () => {
    const { printed, progress } = await follow(
      model({ state: 'fetching' }),
      model({ state: 'fetching', bytes: 10, total_bytes: 20 }),
      model({ state: 'present', bytes: 20_000_000 }),
    );
    expect(progress).toEqual([
      [0, null],
      [10, 20],
    ]);
    expect(printed).toEqual(['whisper-tiny.en is there: 20.0 MB.']);
  });

  it('that cannot be fetched are an error with the reason', async () => {
    const failed = follow(model({ state: 'fetching' }), model({ problem: 'the hub answered 404' }));
    await expect(failed).rejects.toThrow(CliError);
    await expect(failed).rejects.toThrow('the hub answered 404');
  });

  it('are removed', async () => {
    const printed: string[] = [];
    const client = {
      removeModel: async (name: string) => ({ message: `${name} removed`, removed: true }),
    };
    await removeModel(client, 'whisper-tiny', { print: (line) => printed.push(line) });
    expect(printed).toEqual(['whisper-tiny removed.']);
  });
});
