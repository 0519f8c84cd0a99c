import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../base/fake-clock.ts';
import { ProviderError, silentLog, type ProviderFailure } from '../../base/index.ts';
import type { LanguageModel, ModelRequest } from '../language-model.ts';
import { guardedModel } from './guarded-model.ts';

const request: ModelRequest = {
  instructions: '',
  data: '',
  schema: {},
  schemaName: 'none',
  maxAnswerTokens: 1,
};
const never = new AbortController().signal;

function start() {
  const clock = fakeClock();
  const asked = { count: 0, failure: null as ProviderFailure | 'stopped' | null };
  const model: LanguageModel = {
    name: 'scripted',
    model: 'scripted',
    contextTokens: 4096,
    probe: async () => ({ available: true, model: 'scripted' }),
    async ask() {
      asked.count += 1;
      if (asked.failure === 'stopped') throw new Error('stopped');
      if (asked.failure) throw new ProviderError('scripted', asked.failure, 'failed');
      return { text: '{}', isCut: false, usage: { promptTokens: 1, answerTokens: 1 } };
    },
  };
  const guarded = guardedModel(model, { clock, log: silentLog });
  const ask = () =>
    guarded.ask(request, never).then(
      ({ text }) => text,
      (error: unknown) => (error as Error).message,
    );
  return { clock, asked, guarded, ask };
}

describe('a guarded model', () => {
  it('is left alone after three failures, and asked again after a minute', async () => {
    const { clock, asked, guarded, ask } = start();
    asked.failure = 'transient';
    for (let time = 0; time < 5; time += 1) await ask();
    expect(asked.count).toBe(3);
    expect(guarded.breakerState()).toBe('open');
    expect(await ask()).toContain('left alone');
    asked.failure = null;
    clock.advance(60_001);
    expect(await ask()).toBe('{}');
    expect(guarded.breakerState()).toBe('closed');
  });

  it('is left alone at once when it refuses credentials or payment', async () => {
    const { asked, ask } = start();
    asked.failure = 'auth';
    await ask();
    expect(await ask()).toContain('left alone');
    expect(asked.count).toBe(1);
  });

  it.each(['bad-request', 'stopped'] as const)('is not blamed for %s', async (failure) => {
    const { asked, guarded, ask } = start();
    asked.failure = failure;
    for (let time = 0; time < 5; time += 1) await ask();
    expect(asked.count).toBe(5);
    expect(guarded.breakerState()).toBe('closed');
  });
});
