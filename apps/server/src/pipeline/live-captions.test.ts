import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { speechFormat } from '../audio/index.ts';
import { silentLog } from '../base/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import type { Capture } from '../capture/index.ts';
import {
  noHints,
  type Caption,
  type LiveEngines,
  type TranscriptPiece,
} from '../transcription/index.ts';
import { createLiveEngines } from '../transcription/live/engines.ts';
import {
  positionedSound,
  scriptedLiveEngine,
  wellBehaved,
} from '../transcription/live/scripted-live-engine.fake.ts';
import { play, speak } from '../transcription/live/spoken-capture.fake.ts';
import { createLiveCaptions, type LiveCaptionsTools } from './live-captions.ts';
import { samplesOf } from './sound.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const capture: Capture = {
  id: captureIdSchema.parse('1'.repeat(32)),
  userId,
  clientId: clientIdSchema.parse('aaaaaa-mic'),
  origin: 'live',
  format: speechFormat,
  startedAt: 0,
  state: 'live',
  awaySince: null,
  endedAt: null,
  endReason: null,
};

const spoken = speak(
  [
    ...Array.from({ length: 12 }, () => ({ kind: 'word' as const, lengthMs: 400, pauseMs: 100 })),
    { kind: 'silence', lengthMs: 20_000 },
  ],
  60_000,
);
const sound = positionedSound(60_000);

/** Plays what is spoken to captions with this engine. */
async function caption(
  engines: (clock: ReturnType<typeof fakeClock>) => LiveEngines | null,
  change: Partial<LiveCaptionsTools> = {},
) {
  const clock = fakeClock();
  const pieces: TranscriptPiece[] = [];
  const captions: Caption[] = [];
  const collected: number[] = [];
  const live = createLiveCaptions({
    engines: engines(clock),
    pieces: { add: async (piece) => void pieces.push(piece) },
    hintsOf: async () => noHints,
    onCaption: (_capture, shown) => captions.push(shown),
    onState: () => undefined,
    onCollected: (_capture, untilMs) => collected.push(untilMs),
    collectMs: 10_000,
    clock,
    log: silentLog,
    random: () => 0.5,
    ...change,
  });
  // The first sound opens the captioner, once the hints are read.
  live.hear(capture, 0, new Int16Array(16));
  await Promise.resolve();
  await Promise.resolve();
  play(
    spoken,
    {
      hear: (startMs, pcm) => live.hear(capture, startMs, samplesOf(pcm)),
      detect: (report) => live.detect(capture, report),
    },
    clock,
    sound,
    100,
  );
  return { live, clock, pieces, captions, collected };
}

const wordsIn = (heard: readonly { readonly utterances: readonly { readonly text: string }[] }[]) =>
  heard.flatMap(({ utterances }) => utterances.flatMap(({ text }) => text.split(' ')));

const hearing = (clock: ReturnType<typeof fakeClock>): LiveEngines => {
  const engine = scriptedLiveEngine({
    name: 'live',
    words: spoken.words,
    clock,
    script: () => wellBehaved,
  });
  return createLiveEngines({
    choose: (tried) => (tried?.has(engine) ? null : engine),
    reportFailure: () => undefined,
    reportSuccess: () => undefined,
    reportAbandoned: () => undefined,
  });
};
const noEngine: LiveEngines = { lease: () => null };
const whole = {
  ranges: [{ captureId: capture.id, captureStartedAt: 0, startMs: 0, endMs: 60_000 }],
};

describe('captions of a live capture', () => {
  it('show every word, and keep it for the transcript', async () => {
    const { captions, pieces, live, clock } = await caption(hearing);
    live.end(capture.id);
    clock.advance(20_000);
    const words = spoken.words.map(({ text }) => text);
    expect(wordsIn(captions.filter(({ isFinal }) => isFinal))).toEqual(words);
    expect(wordsIn(pieces)).toEqual(words);
    expect(pieces[0]).toMatchObject({ userId, captureId: capture.id, provider: 'live' });
  });

  it('keep a conversation waiting while its last words are on their way, and no longer', async () => {
    const { live, clock } = await caption(hearing);
    const current = { ranges: [{ ...whole.ranges[0]!, endMs: spoken.words[11]!.endMs }] };
    await Promise.resolve();
    expect(live.isBeingHeard(current)).toBe(false);
    live.hear(capture, 60_000, samplesOf(sound.subarray(0, 32_000)));
    live.detect(capture, { analyzedMs: 61_000, ended: [], speakingSinceMs: 60_100 });
    const unfinished = { ranges: [{ ...whole.ranges[0]!, endMs: 61_000 }] };
    expect(live.isBeingHeard(unfinished)).toBe(true);
    clock.advance(15_000);
    expect(live.isBeingHeard(unfinished)).toBe(false);
  });

  it('leave what nobody can hear live to the recording, a portion at a time', async () => {
    for (const engines of [() => null, () => noEngine]) {
      const { collected, pieces, live } = await caption(engines);
      expect(pieces).toEqual([]);
      expect(collected.length).toBeGreaterThan(0);
      expect(live.isBeingHeard(whole)).toBe(false);
    }
  });

  it('tell of a capture in which much is spoken and nothing understood', async () => {
    const { live } = await caption(() => null);
    expect(live.wordless()).toEqual([]);
    const minutes = [1, 2, 3, 4, 5].map((minute) => minute * 60_000);
    for (const startMs of minutes) {
      const ended = [{ startMs, endMs: startMs + 59_000 }];
      live.detect(capture, { analyzedMs: startMs + 59_500, ended, speakingSinceMs: null });
    }
    expect(live.wordless()).toEqual([capture.id]);
    live.noteWords(capture.id);
    expect(live.wordless()).toEqual([]);
  });

  it('survive a store that takes no words: they are heard from the recording', async () => {
    const { live, captions } = await caption(hearing, {
      pieces: { add: () => Promise.reject(new Error('disk full')) },
    });
    await Promise.resolve();
    expect(wordsIn(captions.filter(({ isFinal }) => isFinal)).length).toBeGreaterThan(0);
    live.dispose();
  });
});
