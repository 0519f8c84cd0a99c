import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../audio/index.ts';
import { ProviderError } from '../base/index.ts';
import { assembleTranscript } from './assemble.ts';
import type { PlacedPiece } from './pieces.ts';
import { noHints, type Hearing, type Transcriber, type TranscriberCapabilities } from './ports.ts';
import { transcribeSpeech, type SpeechToTranscribe } from './transcribe.ts';

/** Sound in which every sample tells its second: so an engine can say where it comes from. */
const readPcm = async ({ startMs, endMs }: Span): Promise<Uint8Array> => {
  const samples = new Int16Array(Math.round((endMs - startMs) * 16));
  for (let index = 0; index < samples.length; index += 1)
    samples[index] = Math.floor((startMs + index / 16) / 1000);
  return new Uint8Array(samples.buffer);
};

/** The second in the middle of the sound. */
function secondOf(pcm: Uint8Array): number {
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.byteLength / 2);
  return samples[Math.floor(samples.length / 2)] ?? -1;
}

type Script = (second: number, attempt: number) => Hearing | ProviderError | 'hangs';

interface ScriptedEngine extends Transcriber {
  /** Seconds it was asked about, in order. */
  readonly asked: number[];
  mostAtOnce: number;
  longestMs: number;
}

function engine(
  name: string,
  script: Script,
  capabilities: Partial<TranscriberCapabilities> = {},
): ScriptedEngine {
  let running = 0;
  return {
    name,
    asked: [],
    mostAtOnce: 0,
    longestMs: 0,
    capabilities: {
      timestamps: 'none',
      unit: 'utterance',
      diarization: false,
      keyterms: false,
      languages: 'any',
      concurrency: 2,
      maxAudioMs: 30_000,
      ...capabilities,
    },
    live: null,
    probe: async () => ({ available: true, model: 'm' }),
    async transcribe({ pcm }, signal) {
      const second = secondOf(pcm);
      this.asked.push(second);
      running += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, running);
      this.longestMs = Math.max(this.longestMs, pcm.length / 32);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      const attempt = this.asked.filter((each) => each === second).length;
      const answer = script(second, attempt);
      if (answer instanceof ProviderError) throw answer;
      if (answer !== 'hangs') return answer;
      signal.throwIfAborted();
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    },
  };
}

/** A pool in which every engine works until it is reported. */
function poolOf(...engines: Transcriber[]) {
  const reported: Transcriber[] = [];
  return {
    reported,
    choose: (tried: ReadonlySet<Transcriber> = new Set()) =>
      engines.find((each) => !tried.has(each) && !reported.includes(each)) ?? null,
    reportFailure: (each: Transcriber) => void reported.push(each),
    reportSuccess: () => undefined,
    reportAbandoned: () => undefined,
  };
}

const signal = new AbortController().signal;
const says: Script = (second) => words(`at ${second}`);
const silence: Script = () => ({ kind: 'silence', model: 'm' });
const fails =
  (failure: ProviderError['failure']): Script =>
  () =>
    new ProviderError('x', failure, 'failed');

function words(text: string, span: Span = { startMs: 0, endMs: 1000 }): Hearing {
  return {
    kind: 'words',
    model: 'm',
    utterances: [{ ...span, text, speaker: null, confidence: null, words: [] }],
  };
}

/** Two seconds of speech every twenty: each an utterance of its own. */
const regions = [20_000, 40_000, 60_000, 80_000].map((startMs) => ({
  startMs,
  endMs: startMs + 2_000,
}));
const seconds = [21, 41, 61, 81];

/** The transcript that comes of it; nothing is known of the sound. */
async function transcribe(speech: Omit<SpeechToTranscribe, 'hints' | 'onHeard'>) {
  const heard: PlacedPiece[] = [];
  const outcome = await transcribeSpeech({
    ...speech,
    hints: noHints,
    onHeard: async (piece) => void heard.push(piece),
  });
  if (outcome.kind === 'no-transcriber') return { kind: outcome.kind, utterances: [] };
  const transcript = assembleTranscript(heard, speech.regions, null);
  const kind = transcript.utterances.length > 0 ? ('words' as const) : ('silence' as const);
  return { ...transcript, kind, refusal: outcome.refusal?.failure ?? null };
}

describe('transcribing speech', () => {
  it('gives each utterance its place on the timeline of the caller, in order', async () => {
    const outcome = await transcribe({
      regions,
      readPcm,
      pool: poolOf(engine('a', says)),
      signal,
    });
    expect(outcome).toMatchObject({ kind: 'words', provider: 'a', model: 'm', coverage: 1 });
    expect(outcome.utterances.map(({ text }) => text)).toEqual([
      'at 21',
      'at 41',
      'at 61',
      'at 81',
    ]);
    for (const [index, { startMs, endMs }] of outcome.utterances.entries()) {
      const region = regions[index]!;
      expect(startMs).toBeLessThanOrEqual(region.startMs);
      expect(endMs).toBeGreaterThanOrEqual(region.endMs);
      expect(endMs - startMs).toBeLessThan(4_000);
    }
  });

  it('trusts the times of an engine that has them, within the sound it was given', async () => {
    const timed: Script = (second) => words(`at ${second}`, { startMs: 500, endMs: 99_000 });
    const pool = poolOf(engine('a', timed, { timestamps: 'word', concurrency: 1 }));
    const plain = poolOf(engine('a', says));
    const [withTimes, without] = [
      await transcribe({ regions: regions.slice(0, 1), readPcm, pool, signal }),
      await transcribe({ regions: regions.slice(0, 1), readPcm, pool: plain, signal }),
    ];
    const span = without.utterances[0]!;
    expect(withTimes.utterances[0]).toMatchObject({
      startMs: span.startMs + 500,
      endMs: span.endMs,
    });
  });

  it('sends an engine what it hears best: what was said in one go, or stretches with pauses', async () => {
    const close = [0, 6, 12].map((at) => ({ startMs: at * 1000, endMs: at * 1000 + 3000 }));
    const asked = async (unit: 'utterance' | 'stretch') => {
      const only = engine('a', says, { unit, timestamps: 'word' });
      await transcribe({ regions: close, readPcm, pool: poolOf(only), signal });
      return only.asked.length;
    };
    expect([await asked('utterance'), await asked('stretch')]).toEqual([3, 1]);
  });

  it('ends the last utterance where the sound ends', async () => {
    const last = { startMs: 20_000, endMs: 22_000 };
    const readToEnd = ({ startMs }: Span) => readPcm({ startMs, endMs: last.endMs });
    const pool = poolOf(engine('a', says));
    const outcome = await transcribe({ regions: [last], readPcm: readToEnd, pool, signal });
    expect(outcome).toMatchObject({ utterances: [{ endMs: last.endMs }] });
  });

  it('sends no more at once, and nothing longer, than the engine takes', async () => {
    const hour = Array.from({ length: 40 }, (_, index) => ({
      startMs: index * 60_000,
      endMs: index * 60_000 + 50_000,
    }));
    const busy = engine('a', says, { concurrency: 3, maxAudioMs: 12_000 });
    const outcome = await transcribe({ regions: hour, readPcm, pool: poolOf(busy), signal });
    expect(outcome).toMatchObject({ kind: 'words', coverage: 1 });
    expect(busy.mostAtOnce).toBe(3);
    expect(busy.longestMs).toBeLessThanOrEqual(12_000);
  });

  it('knows silence from having no engine, and asks nobody about no speech', async () => {
    const pool = poolOf(engine('a', silence));
    expect(await transcribe({ regions, readPcm, pool, signal })).toMatchObject({
      kind: 'silence',
      provider: 'a',
      model: 'm',
    });
    expect(await transcribe({ regions, readPcm, pool: poolOf(), signal })).toMatchObject({
      kind: 'no-transcriber',
    });
    expect(await transcribe({ regions: [], readPcm, pool: poolOf(), signal })).toMatchObject({
      kind: 'silence',
    });
  });

  it('tries an utterance that fails in passing once more', async () => {
    const flaky = engine('a', (second, attempt) =>
      attempt === 1 ? new ProviderError('a', 'transient', 'failed') : words(`at ${second}`),
    );
    const pool = poolOf(flaky);
    expect(await transcribe({ regions, readPcm, pool, signal })).toMatchObject({
      kind: 'words',
      coverage: 1,
    });
    expect(flaky.asked).toHaveLength(8);
    expect(pool.reported).toEqual([]);
  });

  it.each(['transient', 'auth'] as const)(
    'lets the next engine hear only what is left after a failure: %s',
    async (failure) => {
      const first = engine(
        'a',
        (second) =>
          second === 41 ? new ProviderError('a', failure, 'failed') : words(`at ${second}`),
        { concurrency: 1 },
      );
      const second = engine('b', says);
      const pool = poolOf(first, second);
      const outcome = await transcribe({ regions, readPcm, pool, signal });
      expect(outcome).toMatchObject({ kind: 'words', provider: 'a+b', model: 'm', coverage: 1 });
      expect(first.asked).toEqual(failure === 'transient' ? [21, 41, 41] : [21, 41]);
      expect(second.asked).toEqual([41, 61, 81]);
      expect(pool.reported).toEqual([first]);
    },
  );

  it('throws, to be tried again later, when every engine breaks down', async () => {
    const pool = poolOf(engine('a', fails('auth')), engine('b', fails('transient')));
    const outcome = transcribe({ regions, readPcm, pool, signal });
    await expect(outcome).rejects.toMatchObject({ failure: 'transient' });
    expect(pool.reported).toHaveLength(2);
  });

  it('leaves out what every engine refuses for good, and says how much it covers', async () => {
    const picky: Script = (second) =>
      second === 41 ? new ProviderError('x', 'bad-request', 'refused') : words(`at ${second}`);
    const [first, second] = [engine('a', picky, { concurrency: 1 }), engine('b', picky)];
    const pool = poolOf(first, second);
    const outcome = await transcribe({ regions, readPcm, pool, signal });
    expect(outcome).toMatchObject({ kind: 'words', provider: 'a', coverage: 0.75 });
    expect(first.asked).toEqual(seconds);
    expect(second.asked).toEqual([41]);
    expect(pool.reported).toEqual([]);
  });

  it('tells of a refusal, so that nobody takes the rest for silence', async () => {
    const picky: Script = (second, attempt) =>
      second === 61 ? new ProviderError('x', 'bad-request', 'refused') : silence(second, attempt);
    const outcome = await transcribe({
      regions,
      readPcm,
      pool: poolOf(engine('a', picky)),
      signal,
    });
    expect(outcome).toMatchObject({ kind: 'silence', coverage: 0.75, refusal: 'bad-request' });
  });

  it('stops at once, with the reason, when told to', async () => {
    const slow = engine('a', (second, attempt) =>
      second === 41 ? 'hangs' : says(second, attempt),
    );
    const stop = new AbortController();
    const pool = poolOf(slow);
    const outcome = transcribe({ regions, readPcm, pool, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('shutting down')), 10);
    await expect(outcome).rejects.toThrow('shutting down');
    expect(pool.reported).toEqual([]);
  });

  it('ends what it began when the sound cannot be read', async () => {
    const slow = engine('a', () => 'hangs');
    const unreadable = async (span: Span) => {
      if (span.startMs < 30_000) return readPcm(span);
      throw new Error('no such segment');
    };
    await expect(
      transcribe({ regions, readPcm: unreadable, pool: poolOf(slow), signal }),
    ).rejects.toThrow('no such segment');
  });

  it('answers every utterance once whatever fails in passing, as long as the last engine works', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('words', 'transient', 'bad-request', 'auth'), { minLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (answers, concurrency) => {
          let turn = 0;
          const moody = engine(
            'a',
            (second) => {
              const answer = answers[turn++ % answers.length]!;
              return answer === 'words'
                ? words(`at ${second}`)
                : new ProviderError('a', answer, 'failed');
            },
            { concurrency },
          );
          const pool = poolOf(moody, engine('b', says));
          const outcome = await transcribe({ regions, readPcm, pool, signal });
          expect(outcome).toMatchObject({ kind: 'words', coverage: 1 });
          expect(outcome.utterances.map(({ text }) => text)).toEqual(
            seconds.map((second) => `at ${second}`),
          );
        },
      ),
      { numRuns: 50 },
    );
  });
});
