import {
  markSound,
  startDeepgram,
  type DeepgramFault,
  type DeepgramSimulator,
  type ScriptedWord,
} from '@friend-lite/simulators';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProviderError, systemClock } from '../../base/index.ts';
import {
  noHints,
  type HearingHints,
  type LiveResult,
  type Transcriber,
} from '../../transcription/index.ts';
import { deepgramTranscriber } from './transcriber.ts';

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
const soundMs = 36_000;
const sound = markSound(new Uint8Array(soundMs * 32), 0);
const said = script.map(({ punctuated }) => punctuated);

let service: DeepgramSimulator;
let engine: Transcriber;
beforeEach(async () => {
  service = await startDeepgram({ script, speed: Infinity });
  engine = open();
});
afterEach(() => service.close());

const open = (change: { apiKey?: string; baseUrl?: string } = {}): Transcriber =>
  deepgramTranscriber({
    apiKey: service.apiKey,
    baseUrl: service.url,
    model: 'nova-3',
    clock: systemClock,
    ...change,
  });

const hear = (hints: Partial<HearingHints> = {}, signal = never) =>
  engine.transcribe({ pcm: sound, ...noHints, ...hints }, signal);

/** Plays the sound to a live session, and collects what it says until its end. */
async function listen(fault: DeepgramFault | null, hints: HearingHints = noHints) {
  if (fault) service.faults.next(fault);
  const results: LiveResult[] = [];
  const ended = Promise.withResolvers<ProviderError | null>();
  const session = engine.live!.open(hints, {
    onResult: (result) => results.push(result),
    onEnd: ended.resolve,
  });
  for (let at = 0; at < sound.length; at += 3200) session.send(sound.subarray(at, at + 3200));
  session.finish();
  const failure = await ended.promise;
  const finals = results.filter(({ isFinal }) => isFinal);
  return {
    results,
    finals,
    failure,
    session,
    words: finals.flatMap(({ utterances }) =>
      utterances.flatMap(({ words }) => words.map(({ text }) => text)),
    ),
  };
}

describe('Deepgram, recorded sound', () => {
  it('gives every word, with its time and speaker', async () => {
    const hearing = await hear();
    if (hearing.kind !== 'words') throw new Error('silence');
    expect(hearing.model).toContain('nova-3');
    const words = hearing.utterances.flatMap((utterance) => utterance.words);
    expect(words.map(({ text }) => text)).toEqual(said);
    for (const [index, word] of words.entries()) {
      expect(Math.abs(word.startMs - script[index]!.startMs)).toBeLessThan(30);
    }
    expect(hearing.utterances.map(({ speaker }) => speaker)).toEqual([
      '0',
      '1',
      '0',
      '1',
      '0',
      '1',
    ]);
  });

  it('asks for what the service offers, and lets itself in by the header alone', async () => {
    await hear({ language: 'de', keyterms: ['Zürich', ' ', 'Ada'] });
    const [request] = service.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/listen',
      contentType: 'audio/wav',
      authorization: `Token ${service.apiKey}`,
      bodyBytes: sound.length + 44,
    });
    expect([...request!.query].sort()).toEqual([
      ['diarize', 'true'],
      ['keyterm', 'Ada'],
      ['keyterm', 'Zürich'],
      ['language', 'de'],
      ['model', 'nova-3'],
      ['paragraphs', 'true'],
      ['punctuate', 'true'],
      ['smart_format', 'true'],
      ['utterances', 'true'],
    ]);
  });

  it('knows silence', async () => {
    service.faults.next({ body: 'no-words' });
    expect(await hear()).toMatchObject({ kind: 'silence' });
  });

  it.each([
    [{ refuses: { status: 401 } }, 'auth'],
    [{ refuses: { status: 402, form: 'modern' } }, 'auth'],
    [{ refuses: { status: 403, form: 'text' } }, 'auth'],
    [{ refuses: { status: 400 } }, 'bad-request'],
    [{ refuses: { status: 413 } }, 'bad-request'],
    [{ refuses: { status: 429 } }, 'transient'],
    [{ refuses: { status: 500, form: 'text' } }, 'transient'],
    [{ refuses: { status: 504 } }, 'transient'],
    [{ body: 'cut-json' }, 'transient'],
    [{ body: 'cut-off' }, 'transient'],
    [{ body: 'not-json', contentType: 'text/html' }, 'transient'],
    [{ body: 'wrong-shape' }, 'transient'],
    [{ cut: { afterBytes: 100, how: 'reset' } }, 'transient'],
    [{ cut: { afterBytes: 100, how: 'fin' } }, 'transient'],
  ] as const)('takes %j for %s', async (fault, failure) => {
    service.faults.next(fault);
    await expect(hear()).rejects.toMatchObject({ provider: 'deepgram', failure });
    expect(await hear()).toMatchObject({ kind: 'words' });
  });

  it.each([
    { chunked: true },
    { dribbles: true, body: 'no-words' },
    { firstByteDelayMs: 200 },
  ] as const)('does not mind %j', async (fault) => {
    service.faults.next(fault);
    await expect(hear()).resolves.toBeDefined();
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
    expect(String(error)).toMatch(/401/);
    expect(String(error)).not.toMatch(/secret|Invalid credentials/);
    expect(() => open({ apiKey: 'two words' })).toThrow(TypeError);
    expect(() => open({ baseUrl: 'ftp://somewhere' })).toThrow(TypeError);
    expect(() => open({ baseUrl: 'http://user:pass@somewhere' })).toThrow(TypeError);
  });
});

describe('Deepgram, asked whether it works', () => {
  it('says yes, or why not', async () => {
    expect(await engine.probe(never)).toEqual({ available: true, model: 'nova-3' });
    expect(await open({ apiKey: 'wrong' }).probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('DEEPGRAM_API_KEY') as string,
    });
    // A key that may not list projects may hear speech.
    service.faults.next({ on: 'projects', refuses: { status: 403 } });
    expect(await engine.probe(never)).toMatchObject({ available: true });
    service.outage('unavailable');
    expect(await engine.probe(never)).toMatchObject({ available: false });
    service.outage('gone');
    expect(await engine.probe(never)).toMatchObject({
      reason: expect.stringContaining('DEEPGRAM_BASE_URL') as string,
    });
  });
});

describe('Deepgram, live', () => {
  it('says every word once for good, in order, and interim before', async () => {
    const { words, finals, results, failure } = await listen(null);
    expect(failure).toBeNull();
    expect(words).toEqual(said);
    expect(results.length).toBeGreaterThan(finals.length);
    for (const [index, { startMs }] of finals.entries()) {
      if (index > 0) expect(startMs).toBeCloseTo(finals[index - 1]!.endMs, -1);
    }
    await expect.poll(() => service.openStreams).toBe(0);
  });

  it('asks for interim results, ends of utterances and speakers', async () => {
    await listen(null, { language: 'multi', keyterms: ['Ada'] });
    const { query, stream } = service.requests[0]!;
    expect(Object.fromEntries(query)).toMatchObject({
      encoding: 'linear16',
      sample_rate: '16000',
      channels: '1',
      interim_results: 'true',
      endpointing: '100',
      utterance_end_ms: '1000',
      diarize: 'true',
      language: 'multi',
      keyterm: 'Ada',
    });
    expect(stream).toMatchObject({ audioBytes: sound.length, emptyMessages: 0 });
    expect(stream!.largestAudioBytes).toBeLessThanOrEqual(8000);
    expect(stream!.texts.at(-1)).toBe('{"type":"CloseStream"}');
  });

  it.each([
    { noise: ['unknown-type', 'other-channel', 'speech-started', 'utterance-end'] },
    { duplicates: true },
    { neverSpeechFinal: true },
    { metadataAtOpen: true },
    { coalesces: true },
    { dribbles: true },
    { speakerFlips: true },
    { repeatsSpeechStarted: true },
  ] as const)('loses no word to %j', async (fault) => {
    const { words, failure } = await listen(fault);
    expect(failure).toBeNull();
    expect([...new Set(words)]).toEqual(said);
  });

  it.each([
    [{ refuses: { status: 401 } }, 'auth'],
    [{ refuses: { status: 402 } }, 'auth'],
    [{ refuses: { status: 400 } }, 'bad-request'],
    [{ refuses: { status: 429 } }, 'transient'],
    [{ refuses: { status: 503 } }, 'transient'],
    [{ breaks: { afterAudioMs: 5000, how: 'reset' } }, 'transient'],
    [{ breaks: { afterAudioMs: 5000, how: 'fin' } }, 'transient'],
    [{ breaks: { afterAudioMs: 5000, how: { code: 1011, reason: 'NET-0001' } } }, 'transient'],
    [{ breaks: { afterAudioMs: 5000, how: { code: 1008, reason: 'DATA-0000' } } }, 'bad-request'],
    [{ breaks: { afterMessages: 3, how: 'fin', error: 'it broke' } }, 'transient'],
    [{ garblesFinal: 2 }, 'transient'],
    [{ noise: ['not-json'] }, 'transient'],
  ] as const)('takes %j for %s', async (fault, failure) => {
    const heard = await listen(fault);
    expect(heard.failure).toMatchObject({ provider: 'deepgram', failure });
    // What was final before is right all the same.
    expect(heard.words).toEqual(said.slice(0, heard.words.length));
  });

  it('opens no more sessions than it was let in with, for a while', async () => {
    const before = engine.live!.concurrency;
    await listen({ refuses: { status: 429 } });
    expect(engine.live!.concurrency).toBeLessThan(before);
  });

  it('makes final what was heard when somebody pauses', async () => {
    const finals: LiveResult[] = [];
    const heard = Promise.withResolvers<undefined>();
    const session = engine.live!.open(noHints, {
      onResult(result) {
        if (!result.isFinal) return;
        finals.push(result);
        heard.resolve(undefined);
      },
      onEnd: () => undefined,
    });
    session.send(sound.subarray(0, 32_000));
    session.flush();
    await heard.promise;
    expect(finals[0]).toMatchObject({ startMs: 0, endMs: 1000 });
    session.abort();
    session.abort();
  });

  it('says nothing any more once it was aborted', async () => {
    const told: unknown[] = [];
    const session = engine.live!.open(noHints, {
      onResult: (result) => told.push(result),
      onEnd: (failure) => told.push(failure),
    });
    session.send(sound);
    session.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toEqual([]);
  });
});
