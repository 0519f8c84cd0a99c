import { startOpenAiChat, type ModelSimulator } from '@friend-lite/simulators';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../../base/fake-clock.ts';
import { systemClock, type Clock } from '../../base/index.ts';
import type { ModelRequest } from '../../memory/index.ts';
import { openAiLanguageModel } from './language-model.ts';

const never = new AbortController().signal;
const request: ModelRequest = {
  instructions: 'Name the colour.',
  data: '{"said":"The sky is blue."}',
  schema: {
    type: 'object',
    properties: { colour: { type: 'string' } },
    required: ['colour'],
    additionalProperties: false,
  },
  schemaName: 'colour',
  maxAnswerTokens: 100,
};

const services: ModelSimulator[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

interface Setup extends NonNullable<Parameters<typeof startOpenAiChat>[0]> {
  readonly key?: string | null;
  readonly limitMs?: number;
  readonly clock?: Clock;
}

async function start({ key, limitMs = 5000, clock = systemClock, ...options }: Setup = {}) {
  const answer = () => ({ colour: 'blue' });
  const service = await startOpenAiChat({ models: ['gpt-4o'], answer, ...options });
  services.push(service);
  const engine = openAiLanguageModel({
    baseUrl: `${service.url}/v1`,
    apiKey: key === undefined ? service.apiKey : key,
    model: 'gpt-4o',
    contextTokens: 16_384,
    limitMs,
    clock,
  });
  return { service, engine };
}

const blue = { text: '{"colour":"blue"}', isCut: false };

describe('a model behind OpenAI’s protocol', () => {
  it('answers in the given shape, and says what it took', async () => {
    const { service, engine } = await start();
    expect(await engine.ask(request, never)).toEqual({
      ...blue,
      usage: { promptTokens: 11, answerTokens: 5 },
    });
    expect(service.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      authorization: `Bearer ${service.apiKey}`,
      body: {
        model: 'gpt-4o',
        max_completion_tokens: 100,
        messages: [
          { role: 'system', content: request.instructions },
          { role: 'user', content: request.data },
        ],
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'colour', strict: true, schema: request.schema },
        },
      },
    });
  });

  it('needs no key where none is wanted', async () => {
    const { service, engine } = await start({ apiKey: null });
    expect(await engine.ask(request, never)).toMatchObject(blue);
    expect(service.requests[0]?.authorization).toBeNull();
  });

  it.each([
    ['schemas', { refuses: ['json_schema'] }, 2],
    ['any format', { refuses: ['json_schema', 'json_object'] }, 3],
    ['the new name of the limit', { refuses: ['max_completion_tokens'] }, 2],
    ['a temperature', { refuses: ['temperature'] }, 2],
    ['schemas and a temperature', { refuses: ['json_schema', 'temperature'] }, 3],
    ['schemas, and does not say so', { refuses: ['json_schema'], isVague: true }, 2],
    [
      'most of it, and does not say what',
      { refuses: ['json_schema', 'json_object', 'max_completion_tokens'], isVague: true },
      4,
    ],
  ] as const)('finds out once that a server does not take %s', async (_, rules, asked) => {
    const { service, engine } = await start(rules);
    expect(await engine.ask(request, never)).toMatchObject(blue);
    expect(service.requests).toHaveLength(asked);
    expect(await engine.ask(request, never)).toMatchObject(blue);
    expect(service.requests).toHaveLength(asked + 1);
  });

  it('does not take a prompt that is too long for a format that is refused', async () => {
    const { service, engine } = await start({ contextTokens: 50 });
    await expect(engine.ask(request, never)).rejects.toMatchObject({
      failure: 'bad-request',
      message: expect.stringContaining('context_length_exceeded') as string,
    });
    expect(service.requests).toHaveLength(1);
  });

  it('says when an answer was cut off', async () => {
    const { service, engine } = await start();
    service.faults.next({ isCut: true });
    expect(await engine.ask(request, never)).toMatchObject({ isCut: true, text: '{"colour' });
  });

  it.each([
    ['too many requests', { refuses: { status: 429, code: 'rate_limit_exceeded' } }, 'transient'],
    ['a used-up quota', { refuses: { status: 429, code: 'insufficient_quota' } }, 'auth'],
    ['a wrong key', { refuses: { status: 401, code: 'invalid_api_key' } }, 'auth'],
    ['a failing server', { refuses: { status: 502, form: 'html' } }, 'transient'],
    ['a model that is not there', { refuses: { status: 404, code: 'model_not_found' } }, 'auth'],
    ['a model that declines', { refusal: true }, 'bad-request'],
    ['half an answer', { body: 'cut-json' }, 'transient'],
    ['a page of a proxy', { body: 'html' }, 'transient'],
    ['another shape', { body: 'wrong-shape' }, 'transient'],
    ['a connection that breaks', { cut: { afterBytes: 9, how: 'reset' } }, 'transient'],
    ['a connection that ends', { cut: { afterBytes: 9, how: 'fin' } }, 'transient'],
    ['no answer at all', { silent: true }, 'timeout'],
  ] as const)('classes %s', async (_, fault, failure) => {
    const { service, engine } = await start({ limitMs: 300 });
    service.faults.next(fault);
    await expect(engine.ask(request, never)).rejects.toMatchObject({ failure });
    expect(await engine.ask(request, never)).toMatchObject(blue);
  });

  it('waits as long as the server asks it to', async () => {
    const clock = fakeClock();
    const { service, engine } = await start({ clock });
    service.faults.next({ refuses: { status: 429, retryAfterSeconds: 7 } });
    await expect(engine.ask(request, never)).rejects.toMatchObject({ failure: 'transient' });
    const asked = engine.ask(request, never);
    clock.advance(6900);
    expect(service.requests).toHaveLength(1);
    clock.advance(200);
    expect(await asked).toMatchObject(blue);
  });

  it('says whether it would work, and what to look at when not', async () => {
    const { service, engine } = await start();
    expect(await engine.probe(never)).toEqual({ available: true, model: 'gpt-4o' });
    const { engine: keyless } = await start({ key: 'wrong' });
    expect(await keyless.probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('OPENAI_API_KEY') as string,
    });
    service.outage('gone');
    expect(await engine.probe(never)).toMatchObject({ available: false });
  });
});
