import {
  markSound,
  startMistral,
  type ScriptedWord,
  type UploadSimulator,
} from '@friend-lite/simulators';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProviderError, systemClock } from '../../base/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { noHints, type HearingHints, type Transcriber } from '../../transcription/index.ts';
import { mistralTranscriber } from './transcriber.ts';

const never = new AbortController().signal;

/** Two people in turn, a word each 400 ms, with a pause of 1.5 s after each tenth. */
const script: readonly ScriptedWord[] = Array.from({ length: 60 }, (_, index) => {
  const startMs = 300 + index * 400 + Math.floor(index / 10) * 1500;
  return {
    word: `w${index}`,
    punctuated: `W${index}`,
    startMs,
    endMs: startMs + 300,
    speaker: Math.floor(index / 10) % 2 === 0 ? 'ada' : 'bob',
  };
});
const said = script.map(({ punctuated }) => punctuated);
const soundMs = 36_000;
const sound = markSound(new Uint8Array(soundMs * 32), 0);

let service: UploadSimulator;
let engine: Transcriber;
beforeEach(async () => {
  service = await startMistral({ script });
  engine = open();
});
afterEach(() => service.close());

const open = (change: { apiKey?: string; model?: string; clock?: typeof systemClock } = {}) =>
  mistralTranscriber({
    apiKey: 'simulated-key',
    baseUrl: service.url,
    model: 'voxtral-mini-latest',
    clock: systemClock,
    ...change,
  });

const hear = (hints: Partial<HearingHints> = {}, signal = never) =>
  engine.transcribe({ pcm: sound, ...noHints, ...hints }, signal);

/** What was heard; fails the test for silence. */
async function utterancesIn(hearing: ReturnType<Transcriber['transcribe']>) {
  const heard = await hearing;
  if (heard.kind === 'silence') throw new Error('silence');
  return heard.utterances;
}

describe('Voxtral', () => {
  it('gives every word, in segments with times and speakers', async () => {
    const heard = await hear();
    expect(heard.model).toBe('voxtral-mini-latest');
    const utterances = await utterancesIn(Promise.resolve(heard));
    expect(utterances.flatMap(({ text }) => text.split(' '))).toEqual(said);
    expect(utterances.map(({ speaker }) => speaker)).toEqual(
      [1, 2, 1, 2, 1, 2].map((number) => `speaker_${number}`),
    );
    for (const [index, { startMs, endMs }] of utterances.entries()) {
      expect(Math.abs(startMs - script[index * 10]!.startMs)).toBeLessThan(30);
      expect(Math.abs(endMs - script[index * 10 + 9]!.endMs)).toBeLessThan(30);
    }
  });

  it('sends a WAV file, its key, and what the service takes', async () => {
    const keyterms = [
      'Ada Lovelace',
      ' ',
      'Zürich, Oerlikon',
      ', ',
      ...Array<string>(200).fill('x'),
    ];
    await hear({ language: 'de', keyterms });
    const [request] = service.requests;
    expect(request).toMatchObject({
      status: 200,
      path: '/v1/audio/transcriptions',
      authorization: 'Bearer simulated-key',
      file: { name: 'audio.wav', contentType: 'audio/wav', byteCount: sound.length + 44 },
    });
    const { context_bias: terms, ...fields } = request!.fields!;
    expect(fields).toEqual({
      model: ['voxtral-mini-latest'],
      diarize: ['true'],
      timestamp_granularities: ['segment'],
    });
    expect(terms?.slice(0, 3)).toEqual(['Ada_Lovelace', 'Zürich_Oerlikon', 'x']);
    expect(terms).toHaveLength(100);
  });

  it('hears, though the language is known', async () => {
    expect(await utterancesIn(hear({ language: 'en' }))).toHaveLength(6);
  });

  it('keeps words that come without segments or speakers', async () => {
    service.faults.next({ omits: ['segments'] });
    expect(await utterancesIn(hear())).toEqual([
      {
        startMs: 0,
        endMs: soundMs,
        text: said.join(' '),
        speaker: null,
        confidence: null,
        words: [],
      },
    ]);
    service.faults.next({ omits: ['speakers'] });
    for (const { speaker } of await utterancesIn(hear())) expect(speaker).toBeNull();
  });

  it('knows silence', async () => {
    service.faults.next({ deaf: true });
    expect(await hear()).toEqual({ kind: 'silence', model: 'voxtral-mini-latest' });
  });

  it('lets no time be before the sound', async () => {
    service.faults.next({ clockSkewMs: -5000 });
    for (const { startMs, endMs } of await utterancesIn(hear())) {
      expect(startMs).toBeGreaterThanOrEqual(0);
      expect(endMs).toBeGreaterThanOrEqual(startMs);
    }
  });

  it.each([
    [{ refuses: { status: 401 } }, 'auth'],
    [{ refuses: { status: 402 } }, 'auth'],
    [{ refuses: { status: 403, form: 'html' } }, 'auth'],
    [{ refuses: { status: 404 } }, 'auth'],
    [{ refuses: { status: 400 } }, 'bad-request'],
    [{ refuses: { status: 413, form: 'html' } }, 'bad-request'],
    [{ refuses: { status: 422 } }, 'bad-request'],
    [{ refuses: { status: 429 } }, 'transient'],
    [{ refuses: { status: 500 } }, 'transient'],
    [{ refuses: { status: 502, form: 'html' } }, 'transient'],
    [{ refuses: { status: 503, form: 'text' } }, 'transient'],
    [{ body: 'cut-json' }, 'transient'],
    [{ body: 'html', contentType: 'text/html' }, 'transient'],
    [{ body: 'wrong-shape' }, 'transient'],
    [{ cut: { afterBytes: 100, how: 'reset' } }, 'transient'],
    [{ cut: { afterBytes: 100, how: 'fin' } }, 'transient'],
  ] as const)('takes %j for %s, and the next request is served', async (fault, failure) => {
    service.faults.next(fault);
    await expect(hear()).rejects.toMatchObject({ provider: 'mistral', failure });
    expect(await utterancesIn(hear())).toHaveLength(6);
  });

  it('waits so long as it is told to before it asks again', async () => {
    const clock = fakeClock();
    engine = open({ clock });
    service.faults.next({ refuses: { status: 429, retryAfterSeconds: 3 } });
    await expect(hear()).rejects.toThrow('429 1300');
    const again = utterancesIn(hear());
    clock.advance(2_900);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(service.requests).toHaveLength(1);
    clock.advance(100);
    expect(await again).toHaveLength(6);
  });

  it('gives up on an answer that does not come', async () => {
    const clock = fakeClock();
    engine = open({ clock });
    service.faults.next({ silent: true });
    const failed = expect(hear()).rejects.toMatchObject({ failure: 'timeout' });
    await vi.waitFor(() => expect(service.requests[0]?.file).toBeTruthy());
    clock.advance(60_000 + soundMs);
    await failed;
  });

  it('gives up when told to', async () => {
    service.faults.next({ silent: true });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('shutting down')), 50);
    await expect(hear({}, stop.signal)).rejects.toThrow('shutting down');
  });

  it('quotes neither its key nor what the service said', async () => {
    engine = open({ apiKey: 'secret-key' });
    const error: unknown = await hear().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProviderError);
    expect(String(error)).toBe('ProviderError: mistral: answers 401');
  });
});

describe('Mistral, asked whether it works', () => {
  it('says yes, or why not', async () => {
    expect(await engine.probe(never)).toEqual({ available: true, model: 'voxtral-mini-latest' });
    expect(await open({ apiKey: 'wrong' }).probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('MISTRAL_API_KEY') as string,
    });
    service.outage('unavailable');
    expect(await engine.probe(never)).toMatchObject({ available: false });
    service.outage('gone');
    expect(await engine.probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('MISTRAL_BASE_URL') as string,
    });
  });

  it('says no within five seconds', async () => {
    const clock = fakeClock();
    service.outage('silent');
    const asked = open({ clock }).probe(never);
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    clock.advance(5_000);
    expect(await asked).toMatchObject({ available: false });
  });
});
