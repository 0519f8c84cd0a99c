import {
  markSound,
  startOpenAiAudio,
  type ScriptedWord,
  type UploadSimulator,
} from '@friend-lite/simulators';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProviderError, systemClock, type Clock } from '../../base/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { noHints, type HearingHints, type Transcriber } from '../../transcription/index.ts';
import { openAiTranscriber } from './transcriber.ts';

const never = new AbortController().signal;

/** Two people in turn, a word each 400 ms, with a pause of 1.5 s after each tenth. */
const script: readonly ScriptedWord[] = Array.from({ length: 60 }, (_, index) => {
  const startMs = 300 + index * 400 + Math.floor(index / 10) * 1500;
  return {
    word: `w${index}`,
    punctuated: index % 10 === 9 ? `W${index}.` : `W${index}`,
    startMs,
    endMs: startMs + 300,
    speaker: Math.floor(index / 10) % 2 === 0 ? 'ada' : 'bob',
  };
});
const said = script.map(({ punctuated }) => punctuated);
const soundMs = 36_000;
const sound = markSound(new Uint8Array(soundMs * 32), 0);

const services: UploadSimulator[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

type Setup = Omit<Parameters<typeof startOpenAiAudio>[0], 'script'> & {
  readonly model?: string;
  readonly key?: string | null;
  readonly clock?: Clock;
};

async function start({ model = 'whisper-1', key, clock = systemClock, ...options }: Setup = {}) {
  const service = await startOpenAiAudio({ script, ...options });
  services.push(service);
  const engine = openAiTranscriber({
    baseUrl: `${service.url}/v1`,
    apiKey: key === undefined ? service.apiKey : key,
    model,
    clock,
  });
  const hear = (hints: Partial<HearingHints> = {}, signal = never) =>
    engine.transcribe({ pcm: sound, ...noHints, ...hints }, signal);
  return { service, engine, hear };
}

/** What was heard; fails the test for silence. */
async function utterancesIn(hearing: ReturnType<Transcriber['transcribe']>) {
  const heard = await hearing;
  if (heard.kind === 'silence') throw new Error('silence');
  return heard.utterances;
}

const wordsOf = (text: string): readonly string[] => text.split(' ');

describe('an OpenAI-compatible recogniser', () => {
  it.each(['openai', 'speaches'] as const)(
    'gives every word of %s with its time and punctuation',
    async (flavour) => {
      const { engine, hear } = await start({ flavour });
      const utterances = await utterancesIn(hear());
      const words = utterances.flatMap((utterance) => utterance.words);
      expect(words.map(({ text }) => text)).toEqual(said);
      for (const [index, word] of words.entries()) {
        expect(Math.abs(word.startMs - script[index]!.startMs)).toBeLessThan(30);
        expect(word.endMs - word.startMs).toBeCloseTo(300, -1);
      }
      expect(utterances).toHaveLength(6);
      expect(utterances[0]).toMatchObject({ speaker: null, text: said.slice(0, 10).join(' ') });
      expect(utterances[0]?.confidence).toBeCloseTo(0.99);
      expect(words[0]?.confidence).toBe(flavour === 'openai' ? null : 0.99);
      expect(engine.capabilities).toMatchObject({ timestamps: 'word', diarization: false });
    },
  );

  it('sends a WAV file, its key, and the hints that servers know', async () => {
    const { service, hear } = await start();
    await hear({ language: 'de', keyterms: ['Zürich', ' ', 'Ada Lovelace'] });
    await hear({ language: 'multi', keyterms: Array.from({ length: 200 }, () => 'abcdefgh') });
    expect(service.requests[0]).toMatchObject({
      authorization: `Bearer ${service.apiKey}`,
      fields: {
        model: ['whisper-1'],
        response_format: ['verbose_json'],
        'timestamp_granularities[]': ['word', 'segment'],
        language: ['de'],
        prompt: ['Zürich, Ada Lovelace'],
      },
      file: { name: 'audio.wav', contentType: 'audio/wav', byteCount: sound.length + 44 },
    });
    const { fields } = service.requests[1]!;
    expect(fields).not.toHaveProperty('language');
    expect(fields?.prompt?.[0]?.length).toBeLessThanOrEqual(600);
  });

  it('needs no key where none is wanted, and no path where there is none', async () => {
    const { service } = await start({ apiKey: null });
    for (const baseUrl of [service.url, `${service.url}/`]) {
      const options = { baseUrl, apiKey: null, model: 'whisper-1', clock: systemClock };
      const engine = openAiTranscriber(options);
      await utterancesIn(engine.transcribe({ pcm: sound, ...noHints }, never));
    }
    expect(service.requests[1]).toMatchObject({ authorization: null, status: 200 });
  });

  it('tells speakers apart with the model that does', async () => {
    const { service, engine, hear } = await start({ model: 'gpt-4o-transcribe-diarize' });
    const utterances = await utterancesIn(hear({ keyterms: ['Ada'] }));
    expect(utterances.map(({ speaker }) => speaker)).toEqual(['A', 'B', 'A', 'B', 'A', 'B']);
    expect(utterances.flatMap(({ text }) => wordsOf(text))).toEqual(said);
    expect(utterances[1]?.startMs).toBeCloseTo(script[10]!.startMs, -1);
    expect(service.requests[0]?.fields).toEqual({
      model: ['gpt-4o-transcribe-diarize'],
      response_format: ['diarized_json'],
      chunking_strategy: ['auto'],
    });
    expect(engine.capabilities).toMatchObject({
      timestamps: 'segment',
      diarization: true,
      keyterms: false,
    });
  });

  it('asks a model that is known to tell no times for text alone', async () => {
    const { service, engine, hear } = await start({ model: 'gpt-4o-transcribe' });
    expect(await hear()).toEqual({
      kind: 'words',
      model: 'gpt-4o-transcribe',
      utterances: [
        {
          startMs: 0,
          endMs: soundMs,
          text: said.join(' '),
          speaker: null,
          confidence: null,
          words: [],
        },
      ],
    });
    expect(service.requests).toHaveLength(1);
    expect(engine.capabilities.timestamps).toBe('none');
  });

  it.each(['openai', 'speaches'] as const)(
    'asks a server like %s for less when it refuses, and remembers it',
    async (flavour) => {
      const { service, engine, hear } = await start({ flavour, responseFormats: ['json', 'text'] });
      expect(await utterancesIn(hear())).toHaveLength(1);
      expect(engine.capabilities.timestamps).toBe('none');
      await hear();
      expect(service.requests.map(({ fields }) => fields?.response_format?.[0])).toEqual([
        'verbose_json',
        'json',
        'json',
      ]);
    },
  );

  it('does without the times of words where those of segments are all there is', async () => {
    const { service, engine, hear } = await start({ granularities: ['segment'] });
    const utterances = await utterancesIn(hear());
    expect(utterances).toHaveLength(6);
    expect(utterances.every(({ words }) => words.length === 0)).toBe(true);
    expect(engine.capabilities.timestamps).toBe('segment');
    await hear();
    expect(service.requests.map(({ status }) => status)).toEqual([400, 200, 200]);
  });

  it('asks for less once only, when two requests learn it at once', async () => {
    const { service, hear } = await start({ responseFormats: ['json'] });
    const both = await Promise.all([utterancesIn(hear()), utterancesIn(hear())]);
    expect(both.flat()).toHaveLength(2);
    expect(service.requests).toHaveLength(4);
  });

  it('finds words within segments, and makes utterances of words alone', async () => {
    const { service, hear } = await start();
    service.faults.next({ wordsInSegments: true });
    const within = await utterancesIn(hear());
    expect(within.flatMap(({ words }) => words.map(({ text }) => text))).toEqual(said);
    service.faults.next({ omits: ['segments'] });
    const alone = await utterancesIn(hear());
    expect(alone.map(({ text }) => text)).toEqual(within.map(({ text }) => text));
  });

  it('says that it knows no times while a server tells none', async () => {
    const { service, engine, hear } = await start();
    service.faults.next({ omits: ['segments', 'words'] });
    expect(await utterancesIn(hear())).toMatchObject([{ startMs: 0, endMs: soundMs }]);
    expect(engine.capabilities.timestamps).toBe('none');
    await hear();
    expect(engine.capabilities.timestamps).toBe('word');
  });

  it.each([-2000, 3_600_000])('lets no time be before the sound: off by %i ms', async (skewMs) => {
    const { service, hear } = await start();
    service.faults.next({ clockSkewMs: skewMs });
    for (const { startMs, endMs, words } of await utterancesIn(hear())) {
      expect(startMs).toBeGreaterThanOrEqual(0);
      expect(endMs).toBeGreaterThanOrEqual(startMs);
      for (const word of words) {
        expect(word.startMs).toBeGreaterThanOrEqual(0);
        expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
      }
    }
  });

  it('knows silence, and passes on what is said over it', async () => {
    const { service, engine, hear } = await start();
    service.faults.next({ deaf: true });
    expect(await hear()).toEqual({ kind: 'silence', model: 'whisper-1' });
    expect(engine.capabilities.timestamps).toBe('word');
    service.faults.next({ deaf: true, saysOverSilence: 'Thank you.' });
    expect(await utterancesIn(hear())).toMatchObject([{ text: 'Thank you.' }]);
  });

  it('makes sound that is too short long enough', async () => {
    const { engine, service } = await start();
    await engine.transcribe({ pcm: new Uint8Array(320), ...noHints }, never);
    expect(service.requests[0]).toMatchObject({ status: 200, file: { byteCount: 3244 } });
  });

  it('takes no more sound at once than fits in one request', async () => {
    for (const model of ['whisper-1', 'gpt-4o-transcribe-diarize']) {
      const { engine } = await start({ model });
      const pcm = new Uint8Array(engine.capabilities.maxAudioMs * 32);
      expect(await engine.transcribe({ pcm, ...noHints }, never)).toMatchObject({
        kind: 'silence',
      });
    }
  });

  it.each([
    { dribbles: true, deaf: true },
    { answerDelayMs: 100 },
    { readDelayMs: 100 },
    { contentType: 'text/plain' },
  ])('does not mind %j', async (fault) => {
    const { service, hear } = await start();
    service.faults.next(fault);
    await expect(hear()).resolves.toBeDefined();
  });
});

describe('failures of an OpenAI-compatible recogniser', () => {
  it.each([
    [{ refuses: { status: 401 } }, 'auth'],
    [{ refuses: { status: 402, form: 'text' } }, 'auth'],
    [{ refuses: { status: 403, form: 'detail' } }, 'auth'],
    [{ refuses: { status: 404 } }, 'auth'],
    [{ refuses: { status: 400 } }, 'bad-request'],
    [{ refuses: { status: 413, form: 'html' } }, 'bad-request'],
    [{ refuses: { status: 415, form: 'detail' } }, 'bad-request'],
    [{ refuses: { status: 422, form: 'detail' } }, 'bad-request'],
    [{ refuses: { status: 429 } }, 'transient'],
    [{ refuses: { status: 429, code: 'insufficient_quota' } }, 'auth'],
    [{ refuses: { status: 400, code: 'billing_hard_limit_reached' } }, 'auth'],
    [{ refuses: { status: 500 } }, 'transient'],
    [{ refuses: { status: 502, form: 'html' } }, 'transient'],
    [{ refuses: { status: 503, form: 'text' } }, 'transient'],
    [{ body: 'cut-json' }, 'transient'],
    [{ body: 'html', contentType: 'text/html' }, 'transient'],
    [{ body: 'wrong-shape' }, 'transient'],
    [{ cut: { afterBytes: 100, how: 'reset' } }, 'transient'],
    [{ cut: { afterBytes: 100, how: 'fin' } }, 'transient'],
    [{ cut: { afterBytes: 0, how: 'reset' } }, 'transient'],
  ] as const)('takes %j for %s, and the next request is served', async (fault, failure) => {
    const { service, hear } = await start();
    service.faults.next(fault);
    await expect(hear()).rejects.toMatchObject({ provider: 'openai', failure });
    expect(await utterancesIn(hear())).toHaveLength(6);
  });

  it('calls a service that is away transient', async () => {
    const { service, hear } = await start();
    service.outage('gone');
    await expect(hear()).rejects.toMatchObject({ failure: 'transient' });
    service.outage('unavailable');
    await expect(hear()).rejects.toThrow('503');
    service.outage(null);
    expect(await utterancesIn(hear())).toHaveLength(6);
  });

  it('waits so long as it is told to before it asks again', async () => {
    const clock = fakeClock();
    const { service, hear } = await start({ clock });
    service.faults.next({ refuses: { status: 429, retryAfterSeconds: 7 } });
    await expect(hear()).rejects.toThrow('429 rate_limit_exceeded');
    const again = utterancesIn(hear());
    clock.advance(6_900);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(service.requests).toHaveLength(1);
    clock.advance(100);
    expect(await again).toHaveLength(6);
  });

  it('gives up on an answer that does not come', async () => {
    const clock = fakeClock();
    const { service, hear } = await start({ clock });
    service.faults.next({ silent: true });
    const hearing = hear();
    const failed = expect(hearing).rejects.toMatchObject({ failure: 'timeout' });
    await vi.waitFor(() => expect(service.requests[0]?.file).toBeTruthy());
    clock.advance(60_000 + 2 * soundMs);
    await failed;
  });

  it('gives up when told to', async () => {
    const { service, hear } = await start();
    service.faults.next({ silent: true });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('shutting down')), 50);
    await expect(hear({}, stop.signal)).rejects.toThrow('shutting down');
    await expect(hear({}, stop.signal)).rejects.toThrow('shutting down');
  });

  it('quotes neither its key nor what the service said', async () => {
    const { hear } = await start({ key: 'secret-key' });
    const error: unknown = await hear().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProviderError);
    expect(String(error)).toMatch(/401 invalid_api_key/);
    expect(String(error)).not.toMatch(/secret|Incorrect/);
  });
});

describe('an OpenAI-compatible recogniser, asked whether it works', () => {
  it('says yes, or why not', async () => {
    const { service, engine } = await start();
    expect(await engine.probe(never)).toEqual({ available: true, model: 'whisper-1' });
    service.faults.next({ on: 'models', refuses: { status: 404 } });
    expect(await engine.probe(never)).toMatchObject({ available: true });
    service.faults.next({ on: 'models', refuses: { status: 402 } });
    expect(await engine.probe(never)).toMatchObject({ available: false });
    service.outage('unavailable');
    expect(await engine.probe(never)).toMatchObject({ available: false });
    service.outage('gone');
    expect(await engine.probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('TRANSCRIPTION_OPENAI_BASE_URL') as string,
    });
  });

  it.each(['openai', 'speaches'] as const)('says that %s refuses its key', async (flavour) => {
    const { engine } = await start({ flavour, key: 'wrong' });
    expect(await engine.probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('TRANSCRIPTION_OPENAI_API_KEY') as string,
    });
  });

  it('says no within five seconds', async () => {
    const clock = fakeClock();
    const { service, engine } = await start({ clock });
    service.outage('silent');
    const asked = engine.probe(never);
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    clock.advance(5_000);
    expect(await asked).toMatchObject({ available: false });
    expect(await engine.probe(AbortSignal.abort())).toMatchObject({ available: false });
  });
});
