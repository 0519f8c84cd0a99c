import { describe, expect, it } from 'vitest';
import { providersInOrder, readConfig } from './index.ts';

const transcription = (environment: Record<string, string>) =>
  readConfig(environment, '/srv').transcription;
const order = (environment: Record<string, string>) => providersInOrder(transcription(environment));
const keys = { DEEPGRAM_API_KEY: 'd', MISTRAL_API_KEY: 'm', OPENAI_API_KEY: 'o' };

describe('the choice of a recogniser', () => {
  it('is what is installed when nothing is set up', () => {
    expect(order({})).toEqual(['pocketsphinx']);
  });

  it('goes from services with a key over servers to this machine', () => {
    const all = {
      ...keys,
      TRANSCRIPTION_OPENAI_BASE_URL: 'http://speaches:8000/v1/',
      OFFLINE_ASR_TCP_URI: 'tcp://asr:8765',
      LOCAL_WHISPER_MODEL: 'whisper-base',
    };
    expect(order(all)).toEqual([
      'deepgram',
      'mistral',
      'openai',
      'wyoming',
      'whisper',
      'pocketsphinx',
    ]);
    expect(transcription(all).openai).toEqual({
      baseUrl: 'http://speaches:8000/v1',
      model: 'whisper-1',
      apiKey: null,
    });
  });

  it('is the one that was named, with the others behind it', () => {
    const environment = { ...keys, OFFLINE_ASR_TCP_URI: 'tcp://asr:1' };
    expect(order({ ...environment, TRANSCRIPTION_PROVIDER: 'parakeet' })[0]).toBe('wyoming');
    expect(
      order({
        ...environment,
        TRANSCRIPTION_PROVIDER: 'mistral',
        TRANSCRIPTION_FALLBACKS: 'offline, deepgram',
      }),
    ).toEqual(['mistral', 'wyoming', 'deepgram']);
  });

  it('sends the key for OpenAI nowhere but to OpenAI, and only when it was named', () => {
    expect(transcription(keys).openai).toBeNull();
    expect(transcription({ ...keys, TRANSCRIPTION_PROVIDER: 'openai' }).openai).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'o',
    });
  });

  it.each([
    [{ TRANSCRIPTION_PROVIDER: 'deepgram' }, 'DEEPGRAM_API_KEY'],
    [{ TRANSCRIPTION_FALLBACKS: 'wyoming' }, 'OFFLINE_ASR_TCP_URI'],
    [{ TRANSCRIPTION_PROVIDER: 'siri' }, 'TRANSCRIPTION_PROVIDER must be one of'],
    [{ TRANSCRIPTION_LANGUAGE: 'English' }, 'TRANSCRIPTION_LANGUAGE'],
    [{ TRANSCRIPTION_FINAL_PASS: 'sometimes' }, 'TRANSCRIPTION_FINAL_PASS'],
    [{ DEEPGRAM_BASE_URL: 'ftp://deepgram' }, 'DEEPGRAM_BASE_URL'],
  ])('refuses %o, saying what is missing', (environment, problem) => {
    expect(() => readConfig(environment, '/srv')).toThrow(problem);
  });
});
