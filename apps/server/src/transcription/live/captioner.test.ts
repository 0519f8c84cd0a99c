import { describe, expect, it } from 'vitest';
import { totalMs, type Span } from '../../audio/index.ts';
import { silentLog } from '../../base/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { noHints, type Transcriber } from '../ports.ts';
import { createCaptioner } from './captioner.ts';
import type { Caption, CaptionState, LivePiece } from './captions.ts';
import { createLiveEngines } from './engines.ts';
import {
  positionedSound,
  scriptedLiveEngine,
  wellBehaved,
  type SessionFault,
  type SessionScript,
} from './scripted-live-engine.fake.ts';
import { play, speak, type Saying } from './spoken-capture.fake.ts';

const sound = positionedSound(200_000);
const word: Saying = { kind: 'word', lengthMs: 300, pauseMs: 100 };
const sentence = (wordCount: number): Saying[] => Array.from({ length: wordCount }, () => word);
const silence = (lengthMs: number): Saying => ({ kind: 'silence', lengthMs });
const away = (lengthMs: number): Saying => ({ kind: 'away', lengthMs });

type EngineScript = Partial<Parameters<typeof scriptedLiveEngine>[0]> & {
  /** What becomes of each session; later ones behave. */
  readonly sessions?: readonly (SessionFault | Partial<SessionScript>)[];
};

/** One capture with what was said in it, and engines by their scripts. */
function room(said: readonly Saying[], scripts: readonly EngineScript[]) {
  const lengthMs = 500 + said.reduce((sum, each) => sum + each.lengthMs + pauseOf(each), 0);
  const capture = speak(said, lengthMs);
  const clock = fakeClock();
  const reports: string[] = [];
  const engines = scripts.map(({ sessions = [], ...script }, index) =>
    scriptedLiveEngine({
      name: `engine-${index}`,
      words: capture.words,
      clock,
      script(number) {
        const own = sessions[number] ?? {};
        return { ...wellBehaved, ...('kind' in own ? { fault: own } : own) };
      },
      ...script,
    }),
  );
  const heard = {
    pieces: [] as LivePiece[],
    holes: [] as Span[],
    captions: [] as (Caption & { readonly atMs: number })[],
    states: [] as CaptionState[],
  };
  const liveEngines = createLiveEngines(poolOf(engines, reports));
  const open = () =>
    createCaptioner({
      startMs: 0,
      engines: liveEngines,
      hints: noHints,
      listener: {
        onPiece: (piece) => heard.pieces.push(piece),
        onHole: (hole) => heard.holes.push(hole),
        onCaption: (caption) => heard.captions.push({ ...caption, atMs: clock.monotonic() }),
        onState: (state) => heard.states.push(state),
      },
      clock,
      random: () => 0.5,
      log: silentLog,
    });
  const captioner = open();
  return {
    ...heard,
    capture,
    clock,
    engines,
    reports,
    open,
    captioner,
    /** Plays all of it, and waits for what is on its way. */
    play: (thenMs = 3000): void => {
      play(capture, captioner, clock, sound, 40);
      clock.advance(thenMs);
    },
    words: () => textsOf(heard.pieces),
    spoken: capture.words.map(({ text }) => text),
  };
}

const pauseOf = (saying: Saying): number => ('pauseMs' in saying ? saying.pauseMs : 0);

const textsOf = (said: readonly Pick<LivePiece, 'utterances'>[]): string[] =>
  said.flatMap(({ utterances }) =>
    utterances.flatMap(({ words }) => words.map(({ text }) => text)),
  );

function poolOf(engines: readonly Transcriber[], reports: string[]) {
  return {
    choose: (tried: ReadonlySet<Transcriber> = new Set()) =>
      engines.find((each) => !tried.has(each)) ?? null,
    reportFailure: ({ name }: Transcriber) => void reports.push(`${name} failed`),
    reportSuccess: ({ name }: Transcriber) => void reports.push(`${name} succeeded`),
    reportAbandoned: () => undefined,
  };
}

describe('captions of one capture', () => {
  it('have every word, the first ones too, and leave no hole', () => {
    const { play, words, spoken, holes, engines } = room([...sentence(20), silence(2000)], [{}]);
    play();
    expect(words()).toEqual(spoken);
    expect(holes).toEqual([]);
    expect(engines[0]!.sessions[0]!.startMs).toBeLessThan(500);
  });

  it('come while somebody speaks and are final once he pauses', () => {
    const { play, captions, capture } = room([...sentence(20), silence(3000)], [{}]);
    play();
    const [first] = captions;
    expect(first).toMatchObject({ isFinal: false });
    expect(first!.atMs).toBeLessThan(2000);
    const lastFinal = captions.findLast(({ isFinal }) => isFinal)!;
    expect(textsOf([lastFinal]).at(-1)).toBe(capture.words.at(-1)!.text);
    expect(lastFinal.atMs - capture.words.at(-1)!.endMs).toBeLessThan(1200);
  });

  it('come from one session while pauses are short', () => {
    const said = [...sentence(5), silence(8000), ...sentence(5), silence(2000)];
    const { play, words, spoken, engines } = room(said, [{}]);
    play();
    expect(words()).toEqual(spoken);
    expect(engines[0]!.sessions).toHaveLength(1);
  });

  it('close the session in a long silence and lose nothing around it', () => {
    const said = [...sentence(5), silence(20_000), ...sentence(5), silence(2000)];
    const { play, words, spoken, engines, states, holes } = room(said, [{}]);
    play();
    expect(words()).toEqual(spoken);
    expect(holes).toEqual([]);
    expect(engines[0]!.sessions).toHaveLength(2);
    expect(states).toEqual(['connecting', 'live', 'idle', 'connecting', 'live']);
  });

  it('keep no session for a device that went away while somebody spoke', () => {
    const { play, clock, engines, states } = room([...sentence(10)], [{}]);
    play();
    clock.advance(15_000);
    expect(engines[0]!.openSessions()).toBe(0);
    expect(states.at(-1)).toBe('idle');
  });

  it('go on in the same session over a gap, with each word at its own time', () => {
    const said = [...sentence(8), away(5000), ...sentence(8), silence(2000)];
    const { play, pieces, words, spoken, capture, engines } = room(said, [{}]);
    play();
    expect(engines[0]!.sessions).toHaveLength(1);
    expect(words()).toEqual(spoken);
    const heard = pieces.flatMap(({ utterances }) => utterances.flatMap((each) => each.words));
    for (const [index, { startMs }] of heard.entries())
      expect(Math.abs(startMs - capture.words[index]!.startMs)).toBeLessThan(60);
    const [gap] = [{ startMs: capture.recorded[0]!.endMs, endMs: capture.recorded[1]!.startMs }];
    for (const piece of pieces)
      expect(piece.endMs <= gap.startMs || piece.startMs >= gap.endMs).toBe(true);
  });
});

describe('when a session fails', () => {
  const said = [...sentence(60), silence(3000)];

  it('what is not final is heard by the next engine, and no word twice', () => {
    const drops = { kind: 'drops', afterMs: 9300 } as const;
    const { play, words, spoken, holes, captions, engines, reports, pieces } = room(said, [
      { sessions: [drops] },
      {},
    ]);
    play();
    expect(words()).toEqual(spoken);
    expect(holes).toEqual([]);
    const shown = textsOf(captions.filter(({ isFinal }) => isFinal));
    expect(new Set(shown).size).toBe(shown.length);
    expect(engines[1]!.sessions).toHaveLength(1);
    expect(reports).toContain('engine-0 failed');
    expect(reports.at(-1)).toBe('engine-1 succeeded');
    expect(new Set(pieces.map(({ provider }) => provider))).toEqual(
      new Set(['engine-0', 'engine-1']),
    );
  });

  it('speakers of two sessions have labels of their own', () => {
    const drops = { kind: 'drops', afterMs: 9300 } as const;
    const { play, pieces } = room(said, [{ sessions: [drops] }, {}]);
    play();
    const labels = pieces.flatMap(({ utterances }) => utterances.map(({ speaker }) => speaker));
    expect(new Set(labels).size).toBe(2);
    for (const label of labels) expect(label).toMatch(/^s\d+:0$/);
  });

  it('a word that was shown and is not certain any more is taken back', () => {
    const { play, captions } = room(said, [{ sessions: [{ kind: 'drops', afterMs: 9300 }] }]);
    play();
    const index = captions.findIndex(({ utterances }) => utterances.length === 0);
    expect(captions[index]).toMatchObject({ isFinal: false });
    expect(captions[index - 1]).toMatchObject({ isFinal: false });
  });

  it.each(['auth', 'bad-request'] as const)(
    'an engine that refuses with %s is left alone for a while',
    (failure) => {
      const refuses = { kind: 'refuses', failure } as const;
      const { play, words, spoken, engines } = room(said, [{ sessions: [refuses, refuses] }, {}]);
      play();
      expect(words()).toEqual(spoken);
      expect(engines[0]!.sessions).toHaveLength(1);
    },
  );

  it.each<SessionFault>([
    { kind: 'never-connects' },
    { kind: 'stalls', afterMs: 6000 },
    { kind: 'ends', afterMs: 6000 },
    { kind: 'restarts-clock', afterMs: 6000 },
  ])('it is noticed when a session $kind, and nothing is lost', (fault) => {
    const { play, words, spoken, holes, states } = room(said, [
      { sessions: [fault], maxPace: 4 },
      { maxPace: 4 },
    ]);
    play();
    expect(words()).toEqual(spoken);
    expect(holes).toEqual([]);
    expect(states.at(-1)).toBe('live');
  });

  it('a single engine is tried again', () => {
    const { play, words, spoken, engines } = room(said, [
      { sessions: [{ kind: 'drops', afterMs: 5000 }] },
    ]);
    play();
    expect(words()).toEqual(spoken);
    expect(engines[0]!.sessions).toHaveLength(2);
  });

  it('what cannot be made up for in time is a hole, and the rest is heard', () => {
    const stalls = { kind: 'stalls', afterMs: 5000 } as const;
    const { play, words, spoken, holes, pieces, capture } = room(said, [
      { sessions: [stalls], maxPace: 1 },
      { maxPace: 1 },
    ]);
    play(8000);
    expect(holes).not.toEqual([]);
    const missed = capture.words.filter(({ startMs, endMs }) =>
      holes.some(
        (hole) => hole.startMs <= (startMs + endMs) / 2 && hole.endMs > (startMs + endMs) / 2,
      ),
    );
    expect(words().length + missed.length).toBe(spoken.length);
    expect(totalMs([...holes, ...pieces])).toBe(totalMs(holes) + totalMs(pieces));
  });
});

describe('without an engine that keeps up', () => {
  it('all speech is a hole and the view is told', async () => {
    const { play, captioner, holes, capture, states, captions } = room(
      [...sentence(100), silence(2000)],
      [],
    );
    play();
    await captioner.finish();
    expect(totalMs(holes)).toBe(totalMs(capture.speech));
    expect(states).toEqual(['no-engine', 'idle']);
    expect(captions).toEqual([]);
  });

  it('a capture is shed, with what is said meanwhile as holes, and captions come back', () => {
    const said = [...sentence(60), silence(2000), ...sentence(60), silence(2000), ...sentence(20)];
    const { play, states, holes, words, spoken, pieces } = room(
      [...said, silence(3000)],
      [{ sessions: [{ kind: 'slow', afterMs: 3000 }] }],
    );
    play();
    expect(states).toEqual(['connecting', 'live', 'shed', 'connecting', 'live']);
    expect(holes.length).toBeGreaterThan(0);
    expect(words().at(-1)).toBe(spoken.at(-1));
    expect(new Set(words()).size).toBe(words().length);
    expect(pieces.at(-1)!.startMs).toBeGreaterThan(holes.at(-1)!.startMs);
  });

  it('an engine is given no more sessions at once than it serves', () => {
    const { capture, clock, engines, captioner, open, holes } = room(
      [...sentence(40), silence(3000)],
      [{ concurrency: 1 }],
    );
    const second = open();
    const both = {
      ...captioner,
      hear: (startMs: number, pcm: Uint8Array) => {
        captioner.hear(startMs, pcm);
        second.hear(startMs, pcm);
      },
      detect: (report: Parameters<typeof captioner.detect>[0]) => {
        captioner.detect(report);
        second.detect(report);
      },
    };
    play(capture, both, clock, sound, 40);
    expect(captioner.state()).toBe('live');
    expect(second.state()).toBe('no-engine');
    expect(engines[0]!.mostAtOnce()).toBe(1);
    second.dispose();
    captioner.dispose();
    expect(holes).toEqual([]);
    expect(engines[0]!.openSessions()).toBe(0);
  });
});

describe('the end of a capture', () => {
  it('waits for the last words', async () => {
    const { capture, captioner, clock, words, spoken, holes } = room(sentence(30), [{}]);
    play(capture, captioner, clock, sound, 40);
    const finished = captioner.finish();
    clock.advance(1000);
    await finished;
    expect(words()).toEqual(spoken);
    expect(holes).toEqual([]);
    expect(captioner.settledMs()).toBeGreaterThanOrEqual(capture.words.at(-1)!.endMs);
  });

  it('leaves what an engine does not say in time as a hole', async () => {
    const { capture, captioner, clock, holes, words, engines } = room(sentence(30), [
      { sessions: [{ kind: 'stalls', afterMs: 8000 }] },
    ]);
    play(capture, captioner, clock, sound, 40);
    const finished = captioner.finish();
    clock.advance(12_100);
    await finished;
    expect(holes).toHaveLength(1);
    expect(holes[0]!.endMs).toBe(capture.speech.at(-1)!.endMs);
    expect(words().length).toBeGreaterThan(0);
    expect(engines[0]!.openSessions()).toBe(0);
  });

  it('says nothing any more once it is disposed of', () => {
    const { capture, captioner, clock, captions, engines } = room(sentence(30), [{}]);
    play(capture, captioner, clock, sound, 40);
    const before = captions.length;
    captioner.dispose();
    clock.advance(20_000);
    expect(captions).toHaveLength(before);
    expect(engines[0]!.openSessions()).toBe(0);
  });
});
