import { markSound, startDeepgram, type DeepgramFault } from '@friend-lite/simulators';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import type { Span } from '../../audio/index.ts';
import { silentLog, systemClock, type Clock } from '../../base/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { noHints, type HeardWord } from '../../transcription/index.ts';
import {
  createCaptioner,
  createLiveEngines,
  type Caption,
  type LivePiece,
} from '../../transcription/live/index.ts';
import { play, speak, type Saying } from '../../transcription/live/spoken-capture.fake.ts';
import { deepgramTranscriber } from './transcriber.ts';

/** All of time goes by that much faster: here, at the service, and while it is spoken. */
const speed = 20;
const fastClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * speed,
  after: (delayMs, task) => systemClock.after(delayMs / speed, task),
};

const sentence = Array.from({ length: 12 }, (): Saying => ({
  kind: 'word',
  lengthMs: 280,
  pauseMs: 90,
}));
const spokenMs = 45_000;
const capture = speak(
  [
    ...sentence,
    { kind: 'silence', lengthMs: 1500 },
    ...sentence,
    { kind: 'silence', lengthMs: 700 },
  ],
  spokenMs,
);
const sound = markSound(new Uint8Array((spokenMs + 2000) * 32), 0);

/** What is done when, by the capture's own clock. */
const steps = (() => {
  const clock = fakeClock();
  const taken: { readonly atMs: number; readonly take: (captioner: Hearer) => void }[] = [];
  const note = (take: (captioner: Hearer) => void): void => {
    taken.push({ atMs: clock.monotonic(), take });
  };
  const noting: Hearer = {
    hear: (...heard) => note((captioner) => captioner.hear(...heard)),
    detect: (report) => note((captioner) => captioner.detect(report)),
  };
  play(capture, noting, clock, sound, 40);
  return taken;
})();
type Hearer = Parameters<typeof play>[1];

/** Speaks to captions whose only recogniser suffers the faults, one session after the other. */
async function hear(faults: readonly DeepgramFault[]) {
  await using service = await openService(faults);
  const engine = deepgramTranscriber({
    apiKey: service.apiKey,
    baseUrl: service.url,
    model: 'nova-3',
    clock: fastClock,
  });
  const pieces: LivePiece[] = [];
  const holes: Span[] = [];
  const captions: Caption[] = [];
  const captioner = createCaptioner({
    startMs: 0,
    engines: createLiveEngines({
      choose: (tried = new Set()) => (tried.has(engine) ? null : engine),
      reportFailure: () => undefined,
      reportSuccess: () => undefined,
      reportAbandoned: () => undefined,
    }),
    hints: noHints,
    listener: {
      onPiece: (piece) => pieces.push(piece),
      onHole: (hole) => holes.push(hole),
      onCaption: (caption) => captions.push(caption),
      onState: () => undefined,
    },
    clock: fastClock,
    random: () => 0.5,
    log: silentLog,
  });
  const startedAt = fastClock.monotonic();
  for (const { atMs, take } of steps) {
    const earlyMs = atMs - (fastClock.monotonic() - startedAt);
    if (earlyMs > 0) await sleep(earlyMs / speed);
    take(captioner);
  }
  await captioner.finish();
  return {
    live: wordsOf(pieces),
    inHoles: capture.words.filter((word) => holes.some((hole) => isMiddleIn(word, hole))),
    shown: wordsOf(captions.filter(({ isFinal }) => isFinal)).map(({ text }) => text),
    sessions: service.requests.length,
  };
}

async function openService(faults: readonly DeepgramFault[]) {
  const script = capture.words.map(({ text, startMs, endMs }) => ({
    word: text,
    startMs,
    endMs,
    speaker: 'ada',
  }));
  const service = await startDeepgram({ script, speed, idleLimitMs: 10_000 / speed });
  for (const fault of faults) service.faults.next(fault);
  return Object.assign(service, { [Symbol.asyncDispose]: () => service.close() });
}

const wordsOf = (heard: readonly Pick<LivePiece, 'utterances'>[]): readonly HeardWord[] =>
  heard.flatMap(({ utterances }) => utterances.flatMap(({ words }) => words));
const isMiddleIn = (word: Span, { startMs, endMs }: Span): boolean => {
  const middleMs = (word.startMs + word.endMs) / 2;
  return middleMs >= startMs && middleMs < endMs;
};

describe.concurrent('captions by Deepgram', { timeout: 30_000 }, () => {
  it.for<readonly [string, readonly DeepgramFault[], number]>([
    ['serves', [], 1],
    [
      'drops',
      [
        { breaks: { afterAudioMs: 7000, how: 'reset' } },
        { breaks: { afterMessages: 4, how: 'fin' } },
      ],
      3,
    ],
    [
      'closes with 1011',
      [{ breaks: { afterAudioMs: 9000, how: { code: 1011, reason: 'NET-0000' } } }],
      2,
    ],
    ['closes in order too early', [{ breaks: { afterAudioMs: 9000, how: { code: 1000 } } }], 2],
    ['reports an error', [{ breaks: { afterAudioMs: 6000, how: 'fin', error: 'it broke' } }], 2],
    ['stalls', [{ stallsAfterAudioMs: 8000 }], 2],
    ['answers nothing', [{ silent: true }], 2],
    ['refuses for a moment', [{ refuses: { status: 429 } }, { refuses: { status: 503 } }], 3],
    ['sends what cannot be read', [{ garblesFinal: 2 }, { noise: ['not-json'] }], 3],
    ['restarts its clock', [{ restartsClockAfterMs: 8000 }], 2],
    ['says everything twice', [{ duplicates: true }], 1],
    ['is slow', [{ finalDelayMs: 2000 / speed }], 1],
    ['does not answer Finalize', [{ finalizeUnanswered: true }], 1],
    ['never ends an utterance', [{ neverSpeechFinal: true }], 1],
  ])(
    'hold each word once, at its time, when it %s',
    async ([, faults, leastSessions], { expect }) => {
      const { live, inHoles, shown, sessions } = await hear(faults);
      const heard = [...live, ...inHoles].sort((a, b) => a.startMs - b.startMs);
      expect(heard.map(({ text }) => text)).toEqual(capture.words.map(({ text }) => text));
      for (const [index, { startMs }] of heard.entries()) {
        expect(Math.abs(startMs - capture.words[index]!.startMs)).toBeLessThan(300);
      }
      expect(shown).toEqual([...new Set(shown)]);
      // Most of it is heard live all the same.
      expect(live.length).toBeGreaterThan(capture.words.length / 2);
      expect(sessions).toBeGreaterThanOrEqual(leastSessions);
    },
  );
});
