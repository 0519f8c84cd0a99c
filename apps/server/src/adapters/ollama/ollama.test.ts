import { startOllama, type ModelSimulator } from '@friend-lite/simulators';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/index.ts';
import type { ModelRequest } from '../../memory/index.ts';
import { ollamaLanguageModel } from './language-model.ts';

const never = new AbortController().signal;
const request: ModelRequest = {
  instructions: 'Name the colour.',
  data: '{"said":"The sky is blue."}',
  schema: { type: 'object', properties: { colour: { type: 'string' } } },
  schemaName: 'colour',
  maxAnswerTokens: 100,
};

const services: ModelSimulator[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

async function start({
  model = 'llama3.1:8b',
  limitMs = 5000,
  ...options
}: Parameters<typeof startOllama>[0] & { model?: string; limitMs?: number } = {}) {
  const service = await startOllama({
    models: ['llama3.1:8b', 'gpt-oss:20b', 'phi4:latest'],
    answer: () => ({ colour: 'blue' }),
    ...options,
  });
  services.push(service);
  const engine = ollamaLanguageModel({
    baseUrl: service.url,
    model,
    limitMs,
    clock: systemClock,
  });
  return { service, engine };
}

describe('a model behind Ollama', () => {
  it('answers in the given shape, and says what it took', async () => {
    const { service, engine } = await start();
    expect(await engine.ask(request, never)).toEqual({
      text: '{"colour":"blue"}',
      isCut: false,
      usage: { promptTokens: 11, answerTokens: 5 },
    });
    expect(service.requests[0]).toMatchObject({
      path: '/api/chat',
      authorization: null,
      body: {
        model: 'llama3.1:8b',
        stream: false,
        think: false,
        format: request.schema,
        messages: [
          { role: 'system', content: request.instructions },
          { role: 'user', content: request.data },
        ],
        options: { num_ctx: 4096, num_predict: 100 },
      },
    });
  });

  it('asks a family that always thinks to think little', async () => {
    const { service, engine } = await start({ model: 'gpt-oss:20b' });
    await engine.ask(request, never);
    expect(service.requests[0]?.body).toMatchObject({ think: 'low' });
  });

  it('has a window as large as the prompt, so that its beginning is seen', async () => {
    const seen: string[] = [];
    const { engine } = await start({
      answer: ({ user }) => {
        seen.push(user);
        return {};
      },
    });
    for (const characters of [1000, 9000, 40_000, 80_000]) {
      const data = `first${'x'.repeat(characters)}`;
      await engine.ask({ ...request, data, maxAnswerTokens: 2000 }, never);
      expect(seen.at(-1)).toBe(data);
    }
  });

  it('says when an answer was cut off', async () => {
    const { service, engine } = await start();
    service.faults.next({ isCut: true });
    expect(await engine.ask(request, never)).toMatchObject({ isCut: true, text: '{"colour' });
  });

  it.each([
    ['a model that is not there', { refuses: { status: 404 } }, 'auth', 'no such model'],
    ['a schema it cannot use', { refuses: { status: 400 } }, 'bad-request', '400'],
    ['a full queue', { refuses: { status: 503 } }, 'transient', '503'],
    ['a runner that died', { refuses: { status: 500, form: 'html' } }, 'transient', '500'],
    ['a cloud model without an account', { refuses: { status: 401 } }, 'auth', '401'],
    ['an error where the answer should be', { body: 'error' }, 'transient', 'cut short'],
    ['half an answer', { body: 'cut-json' }, 'transient', 'cut short'],
    ['a page of a proxy', { body: 'html' }, 'transient', 'cut short'],
    ['another shape', { body: 'wrong-shape' }, 'transient', 'cut short'],
    ['a connection that breaks', { cut: { afterBytes: 9, how: 'reset' } }, 'transient', 'failed'],
    ['a connection that ends', { cut: { afterBytes: 9, how: 'fin' } }, 'transient', 'failed'],
    ['no answer at all', { silent: true }, 'timeout', 'no answer in time'],
  ] as const)('classes %s', async (_, fault, failure, message) => {
    const { service, engine } = await start({ limitMs: 300 });
    service.faults.next(fault);
    await expect(engine.ask(request, never)).rejects.toMatchObject({
      failure,
      message: expect.stringContaining(message) as string,
    });
    expect(await engine.ask(request, never)).toMatchObject({ isCut: false });
  });

  it('stops at once when told to', async () => {
    const { service, engine } = await start();
    service.faults.next({ answerDelayMs: 4000 });
    const stop = new AbortController();
    const asked = engine.ask(request, stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 50);
    await expect(asked).rejects.toThrow('stopped');
  });

  it('says whether the model is there, by its name with or without a tag', async () => {
    for (const model of ['llama3.1:8b', 'phi4', 'phi4:latest']) {
      const { engine } = await start({ model });
      expect(await engine.probe(never)).toEqual({ available: true, model });
    }
    const { service, engine } = await start({ model: 'qwen3' });
    expect(await engine.probe(never)).toEqual({
      available: false,
      reason: `Ollama at ${service.url} has no model qwen3. Fetch it: ollama pull qwen3`,
    });
    service.outage('unavailable');
    expect(await engine.probe(never)).toMatchObject({ available: false });
    service.outage('gone');
    expect(await engine.probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('OLLAMA_BASE_URL') as string,
    });
  });
});
