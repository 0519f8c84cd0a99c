import { describe, expect, it } from 'vitest';
import { readConfig } from './index.ts';

const choice = (environment: Record<string, string>) =>
  readConfig(environment, '/srv').languageModel;

describe('the choice of a language model', () => {
  it('is none, so that rules read, when nothing is set up', () => {
    expect(choice({})).toBeNull();
    expect(choice({ LLM_PROVIDER: 'rules', OPENAI_API_KEY: 'o' })).toBeNull();
  });

  it('goes from OpenAI with a key to an Ollama', () => {
    expect(choice({ OPENAI_API_KEY: 'o', OLLAMA_BASE_URL: 'http://ollama:11434/' })).toEqual({
      provider: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'o',
      model: 'gpt-4o',
      contextTokens: 16_384,
      limitMs: 1_200_000,
    });
    expect(choice({ OLLAMA_BASE_URL: 'http://ollama:11434/' })).toEqual({
      provider: 'ollama',
      baseUrl: 'http://ollama:11434',
      model: 'llama3.1:8b',
      limitMs: 1_200_000,
    });
  });

  it('is the one that was named', () => {
    expect(choice({ LLM_PROVIDER: 'Ollama', OPENAI_API_KEY: 'o' })).toMatchObject({
      provider: 'ollama',
      baseUrl: 'http://localhost:11434',
    });
    expect(
      choice({ LLM_PROVIDER: 'openai', OPENAI_BASE_URL: 'http://vllm:8000/v1' }),
    ).toMatchObject({ provider: 'openai', baseUrl: 'http://vllm:8000/v1', apiKey: null });
  });

  it.each([
    [{ LLM_PROVIDER: 'claude' }, 'LLM_PROVIDER must be auto, openai, ollama or rules'],
    [{ OLLAMA_BASE_URL: 'ollama' }, 'OLLAMA_BASE_URL'],
    [{ OLLAMA_TIMEOUT_SECONDS: '0' }, 'OLLAMA_TIMEOUT_SECONDS'],
    [{ LLM_CONTEXT_TOKENS: '100' }, 'LLM_CONTEXT_TOKENS'],
  ] as const)('refuses %j', (environment, message) => {
    expect(() => choice(environment)).toThrow(message);
  });
});
