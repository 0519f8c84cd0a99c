import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { intersect, totalMs, type Span } from '../../audio/index.ts';
import { silentLog } from '../../base/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { noHints, type Transcriber } from '../ports.ts';
import { createCaptioner } from './captioner.ts';
import type { Caption, LivePiece } from './captions.ts';
import { createLiveEngines } from './engines.ts';
import {
  positionedSound,
  scriptedLiveEngine,
  type ScriptedWord,
  type SessionScript,
} from './scripted-live-engine.fake.ts';
import { play, speak, type Saying } from './spoken-capture.fake.ts';

const spokenMs = 10 * 60_000;
const seeds = Number(process.env.SEEDS ?? 60);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
/** The clock goes on for a gap at the end, so that there is sound for more than was spoken. */
const sound = positionedSound(spokenMs + 60_000);

/** Sentences, pauses of every length, and a device that goes away now and then. */
const sayings: fc.Arbitrary<readonly Saying[]> = fc
  .array(
    fc.tuple(
      fc.array(
        fc.record({
          kind: fc.constant('word' as const),
          lengthMs: fc.integer({ min: 150, max: 600 }),
          pauseMs: fc.integer({ min: 0, max: 250 }),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      fc.oneof(
        { weight: 6, arbitrary: silence(300, 2000) },
        { weight: 2, arbitrary: silence(2000, 25_000) },
        {
          weight: 1,
          arbitrary: fc
            .integer({ min: 200, max: 40_000 })
            .map((lengthMs): Saying => ({ kind: 'away', lengthMs })),
        },
      ),
    ),
    { minLength: 60, maxLength: 60 },
  )
  .map((sentences) => sentences.flatMap(([words, after]): readonly Saying[] => [...words, after]));

function silence(min: number, max: number): fc.Arbitrary<Saying> {
  return fc.integer({ min, max }).map((lengthMs): Saying => ({ kind: 'silence', lengthMs }));
}

const afterMs = fc.integer({ min: 0, max: 60_000 });
const sessionFault: fc.Arbitrary<SessionScript['fault']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'none' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('refuses' as const),
      failure: fc.constantFrom('auth', 'transient', 'timeout', 'bad-request'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'never-connects' as const }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('drops', 'ends', 'stalls', 'restarts-clock', 'slow'),
      afterMs,
    }),
  },
);
const sessionScript: fc.Arbitrary<SessionScript> = fc.record({
  fault: sessionFault,
  connectMs: fc.constantFrom(50, 200, 1500, 4000),
  answerMs: fc.constantFrom(50, 200, 800, 5000),
  repeatsFinals: fc.boolean(),
  hasShortFinals: fc.boolean(),
  ignoresFlush: fc.boolean(),
});

interface EngineScript {
  readonly sessions: readonly SessionScript[];
  readonly maxPace: number;
  readonly interim: boolean;
  /** A time in which it is not there at all. */
  readonly away: { readonly startMs: number; readonly lengthMs: number };
}

const engineScript: fc.Arbitrary<EngineScript> = fc.record({
  sessions: fc.array(sessionScript, { minLength: 1, maxLength: 30 }),
  maxPace: fc.constantFrom(1, 1.25, 4),
  interim: fc.boolean(),
  away: fc.record({
    startMs: fc.integer({ min: 0, max: spokenMs }),
    lengthMs: fc.constantFrom(0, 0, 20_000, 180_000),
  }),
});

const scenario = fc.record({
  said: sayings,
  engines: fc.oneof(
    { weight: 1, arbitrary: fc.constant<EngineScript[]>([]) },
    { weight: 15, arbitrary: fc.array(engineScript, { minLength: 1, maxLength: 3 }) },
  ),
  detectorLagMs: fc.constantFrom(0, 40, 400, 3000),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

/** Over all runs: that nothing is lost must not come from leaving everything to the recording. */
const heard = { live: 0, spoken: 0 };
afterAll(() => {
  expect(heard.live / heard.spoken).toBeGreaterThan(0.6);
});

it(
  `keeps every word once, whatever engines do (seed ${seed}, ${seeds} runs)`,
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ said, engines: scripts, detectorLagMs, random }) => {
        const capture = speak(said, spokenMs);
        const clock = fakeClock();
        const engines = scripts.map(({ sessions, away, maxPace, interim }, index) =>
          scriptedLiveEngine({
            name: `engine-${index}`,
            words: capture.words,
            clock,
            maxPace,
            interim,
            concurrency: 1,
            script(number) {
              const nowMs = clock.monotonic();
              const isAway = nowMs >= away.startMs && nowMs < away.startMs + away.lengthMs;
              const script = sessions[number % sessions.length]!;
              return isAway
                ? { ...script, fault: { kind: 'refuses', failure: 'transient' } }
                : script;
            },
          }),
        );
        const pieces: LivePiece[] = [];
        const holes: Span[] = [];
        const captions: Caption[] = [];
        const captioner = createCaptioner({
          startMs: 0,
          engines: createLiveEngines(poolOf(engines)),
          hints: noHints,
          listener: {
            onPiece: (piece) => pieces.push(piece),
            onHole: (hole) => holes.push(hole),
            onCaption: (caption) => captions.push(caption),
            onState: () => undefined,
          },
          clock,
          random: () => random,
          log: silentLog,
        });
        play(capture, captioner, clock, sound, detectorLagMs);
        let isFinished = false;
        void captioner.finish().then(() => (isFinished = true));
        clock.advance(12_500);
        await Promise.resolve();
        expect(isFinished).toBe(true);
        expectOrder(pieces);
        expect(totalMs(intersect(pieces, holes))).toBe(0);
        expect(totalMs(intersect(capture.speech, [...pieces, ...holes]))).toBeCloseTo(
          totalMs(capture.speech) - negligible(capture.speech, [...pieces, ...holes]),
          0,
        );
        expectWords([...wordsOf(pieces), ...heardInBatch(holes, capture.words)], capture.words);
        heard.live += wordsOf(pieces).length;
        heard.spoken += capture.words.length;
        const shown = wordsOf(captions.filter(({ isFinal }) => isFinal)).map(({ text }) => text);
        expect(new Set(shown).size).toBe(shown.length);
        for (const engine of engines) {
          expect(engine.mostAtOnce()).toBeLessThanOrEqual(1);
          expect(engine.openSessions()).toBe(0);
          expect(engine.mostAhead()).toBeLessThanOrEqual(2500);
        }
      }),
      { seed, numRuns: seeds, endOnFailure: true },
    );
  },
);

/** Ends of regions that a recogniser and a detector place a little apart are nobody's. */
function negligible(speech: readonly Span[], accounted: readonly Span[]): number {
  const covered = totalMs(intersect(speech, accounted));
  const missing = totalMs(speech) - covered;
  return missing <= speech.length * 100 ? missing : 0;
}

function poolOf(engines: readonly Transcriber[]) {
  return {
    choose: (tried: ReadonlySet<Transcriber> = new Set()) =>
      engines.find((each) => !tried.has(each)) ?? null,
    reportFailure: () => undefined,
    reportSuccess: () => undefined,
    reportAbandoned: () => undefined,
  };
}

function expectOrder(pieces: readonly Span[]): void {
  for (const [index, piece] of pieces.entries()) {
    expect(piece.endMs).toBeGreaterThan(piece.startMs);
    expect(piece.startMs).toBeGreaterThanOrEqual(pieces[index - 1]?.endMs ?? 0);
  }
}

function wordsOf(pieces: readonly Pick<LivePiece, 'utterances'>[]): ScriptedWord[] {
  return pieces.flatMap(({ utterances }) => utterances.flatMap(({ words }) => words));
}

/** A perfect recogniser hears the recording around the hole, and what has its middle within is taken. */
function heardInBatch(holes: readonly Span[], words: readonly ScriptedWord[]): ScriptedWord[] {
  return holes.flatMap(({ startMs, endMs }) =>
    words.filter((word) => {
      const middleMs = (word.startMs + word.endMs) / 2;
      return middleMs >= startMs && middleMs < endMs;
    }),
  );
}

function expectWords(heard: readonly ScriptedWord[], truth: readonly ScriptedWord[]): void {
  const inOrder = [...heard].sort((a, b) => a.startMs + a.endMs - b.startMs - b.endMs);
  expect(inOrder.map(({ text }) => text)).toEqual(truth.map(({ text }) => text));
  const offMs = inOrder.map((word, index) =>
    Math.max(
      Math.abs(word.startMs - truth[index]!.startMs),
      Math.abs(word.endMs - truth[index]!.endMs),
    ),
  );
  expect(Math.max(0, ...offMs)).toBeLessThanOrEqual(300);
}
