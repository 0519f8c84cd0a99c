import type { Span } from '../../audio/index.ts';
import { ProviderError, type Clock, type ProviderFailure } from '../../base/index.ts';
import type {
  HeardWord,
  LiveListener,
  LiveSession,
  LiveTranscriber,
  Transcriber,
} from '../ports.ts';

/** A word of a script, in capture time. */
export interface ScriptedWord extends Span {
  readonly text: string;
}

/** What goes wrong with a session; each happens once its session has been sent `afterMs` of sound. */
export type SessionFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'refuses'; readonly failure: ProviderFailure }
  /** The connection never comes, and nobody says so. */
  | { readonly kind: 'never-connects' }
  | { readonly kind: 'drops'; readonly afterMs: number }
  /** Ends in the middle as if it were asked to. */
  | { readonly kind: 'ends'; readonly afterMs: number }
  | { readonly kind: 'stalls'; readonly afterMs: number }
  | { readonly kind: 'restarts-clock'; readonly afterMs: number }
  /** Takes sound at half the speed at which it comes. */
  | { readonly kind: 'slow'; readonly afterMs: number };

/** How a session behaves. */
export interface SessionScript {
  readonly fault: SessionFault;
  readonly connectMs: number;
  /** From the sound to the answer. */
  readonly answerMs: number;
  readonly repeatsFinals: boolean;
  /** Finals end a word before what the interim had. */
  readonly hasShortFinals: boolean;
  /** Forgets to answer `flush`. */
  readonly ignoresFlush: boolean;
}

export const wellBehaved: SessionScript = {
  fault: { kind: 'none' },
  connectMs: 150,
  answerMs: 200,
  repeatsFinals: false,
  hasShortFinals: false,
  ignoresFlush: false,
};

/** A transcriber that hears live, with what was done to it. */
export interface ScriptedEngine extends Transcriber {
  readonly live: LiveTranscriber;
  /** Capture time at which the sound of each session began and ended. */
  readonly sessions: Span[];
  readonly openSessions: () => number;
  readonly mostAtOnce: () => number;
  /** The most sound that was sent beyond what the pace allows since a session began, ms. */
  readonly mostAhead: () => number;
}

/** Length of the sound that carries one position. */
const unitMs = 20;
const samplesPerMs = 16;
const samplesPerUnit = unitMs * samplesPerMs;
/** More than anybody says between two answers. */
const mostWordsAtOnce = 200;

/** Sound of [0, lengthMs) in which each sample tells its place: the number of its 20 ms. */
export function positionedSound(lengthMs: number): Uint8Array {
  const samples = new Uint16Array(lengthMs * samplesPerMs);
  for (let unit = 0; unit * samplesPerUnit < samples.length; unit += 1)
    samples.fill(unit, unit * samplesPerUnit, (unit + 1) * samplesPerUnit);
  return new Uint8Array(samples.buffer);
}

/** Where the sound lies; `expectedMs` is where it does when it follows what came before. */
function positionOf(pcm: Uint8Array, expectedMs: number): number {
  const samples = new Uint16Array(pcm.buffer, pcm.byteOffset, pcm.byteLength / 2);
  const unit = samples[0] ?? 0;
  const isNext = Math.floor((expectedMs + 1e-6) / unitMs) === unit;
  if (isNext) return expectedMs;
  const boundary = samples.findIndex((sample) => sample !== unit);
  return boundary < 0 ? unit * unitMs : (unit + 1) * unitMs - boundary / samplesPerMs;
}

/** A piece of what a session was sent without a jump. */
interface Run {
  readonly sessionMs: number;
  readonly captureMs: number;
  lengthMs: number;
}

/** A live engine that hears the words of a script in positioned sound. `script` says how its sessions behave, by number. */
export function scriptedLiveEngine(options: {
  readonly name: string;
  readonly words: readonly ScriptedWord[];
  readonly clock: Clock;
  readonly maxPace?: number;
  readonly interim?: boolean;
  readonly concurrency?: number;
  readonly script: (session: number) => SessionScript;
}): ScriptedEngine {
  const { name, words, clock, maxPace = 1.25, interim = true, concurrency = 2 } = options;
  const sessions: Span[] = [];
  let open = 0;
  let mostAtOnce = 0;
  let mostAhead = 0;

  function openSession(listener: LiveListener): LiveSession {
    const script = options.script(sessions.length);
    const { fault } = script;
    const index = sessions.push({ startMs: 0, endMs: 0 }) - 1;
    const openedAt = clock.monotonic();
    const runs: Run[] = [];
    let sentMs = 0;
    /** What has left for the engine, and of that what it has said. */
    let takenMs = 0;
    let finalMs = 0;
    let interimMs = 0;
    let clockStartMs = 0;
    let hasRestarted = false;
    let isConnected = false;
    let isOver = false;
    let isStalled = false;
    let lastTakeAt = openedAt;
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);

    function end(failure: ProviderError | null): void {
      if (isOver) return;
      isOver = true;
      open -= 1;
      listener.onEnd(failure);
    }
    const fail = (failure: ProviderFailure): void =>
      end(new ProviderError(name, failure, 'failed'));
    const say = (task: () => void, delayMs = script.answerMs): void => {
      clock.after(delayMs, () => {
        if (!isOver && !isStalled) task();
      });
    };

    if (fault.kind === 'refuses') clock.after(script.connectMs, () => fail(fault.failure));
    else if (fault.kind !== 'never-connects') {
      clock.after(script.connectMs, () => {
        isConnected = true;
        take();
      });
    }

    /** The words in [fromMs, toMs) of the session; one that is cut at the start of a run is heard in part. */
    function wordsIn(fromMs: number, toMs: number): HeardWord[] {
      const heard: HeardWord[] = [];
      for (const { sessionMs, captureMs, lengthMs } of runs) {
        const byMs = sessionMs - captureMs;
        const endMs = Math.min(sessionMs + lengthMs, toMs);
        const first = firstAfter(words, Math.max(captureMs, fromMs - byMs));
        for (const { text, ...word } of words.slice(first, first + mostWordsAtOnce)) {
          const startMs = Math.max(sessionMs, word.startMs + byMs);
          if (startMs < fromMs || word.endMs + byMs > endMs) continue;
          heard.push({ text, startMs, endMs: word.endMs + byMs, confidence: 0.9 });
        }
      }
      return heard;
    }

    /** Recognisers never agree about when a word began. */
    const impreciseMs = (startMs: number): number =>
      ((Math.round(startMs) * 31 + index * 17) % 61) - 30;

    /** A place at or before `ms` at which no word is cut. */
    function boundaryBefore(ms: number): number {
      const run = runs.findLast(({ sessionMs }) => sessionMs <= ms);
      if (!run) return 0;
      const captureMs = ms - run.sessionMs + run.captureMs;
      const word = words[firstAfter(words, captureMs)];
      const isCut = word && word.startMs < captureMs && word.endMs > captureMs;
      return isCut ? Math.max(run.sessionMs, word.startMs - run.captureMs + run.sessionMs) : ms;
    }

    function answer(isFinal: boolean, startMs: number, endMs: number): void {
      const byMs = -clockStartMs;
      const heard = wordsIn(startMs, endMs).map((word) => ({
        ...word,
        startMs: word.startMs + byMs + impreciseMs(word.startMs),
        endMs: word.endMs + byMs + impreciseMs(word.startMs),
      }));
      const [first, last] = [heard[0], heard.at(-1)];
      const utterance =
        first && last
          ? [
              {
                startMs: first.startMs,
                endMs: last.endMs,
                text: heard.map(({ text }) => text).join(' '),
                speaker: '0',
                confidence: 0.9,
                words: heard,
              },
            ]
          : [];
      const result = {
        startMs: Math.max(0, startMs + byMs),
        endMs: endMs + byMs,
        isFinal,
        utterances: utterance,
      };
      say(() => listener.onResult(result));
      if (isFinal && script.repeatsFinals) say(() => listener.onResult(result));
    }

    function makeFinal(): void {
      let endMs = boundaryBefore(takenMs);
      if (script.hasShortFinals) {
        const heard = wordsIn(finalMs, endMs);
        const last = heard.at(-1);
        if (heard.length > 2 && last) endMs = last.startMs;
      }
      if (endMs <= finalMs) return;
      const startMs = finalMs;
      finalMs = endMs;
      interimMs = endMs;
      answer(true, Math.max(startMs, clockStartMs), endMs);
    }

    function take(): void {
      const now = clock.monotonic();
      const isSlow = fault.kind === 'slow' && sentMs >= fault.afterMs;
      takenMs = isSlow ? Math.min(sentMs, takenMs + (now - lastTakeAt) / 2) : sentMs;
      lastTakeAt = now;
      if ('afterMs' in fault && takenMs >= fault.afterMs) {
        if (fault.kind === 'drops') fail('transient');
        else if (fault.kind === 'ends') end(null);
        else if (fault.kind === 'stalls') isStalled = true;
        else if (fault.kind === 'restarts-clock' && !hasRestarted && finalMs > 1500) {
          hasRestarted = true;
          clockStartMs = takenMs;
          finalMs = takenMs;
          interimMs = takenMs;
        }
      }
      if (isOver || isStalled) return;
      const silentSinceMs = wordsIn(finalMs, takenMs).at(-1)?.endMs ?? finalMs;
      if (takenMs - finalMs > 4000 || (takenMs - silentSinceMs > 700 && takenMs - finalMs > 700))
        makeFinal();
      else if (interim && takenMs - interimMs >= 500) {
        interimMs = takenMs;
        answer(false, finalMs, takenMs);
      }
    }

    return {
      model: `${name}-model`,
      get waitingMs() {
        return sentMs - takenMs;
      },
      send(pcm) {
        if (isOver) return;
        if (pcm.length === 0) throw new Error('sent no sound');
        const lengthMs = pcm.length / 2 / samplesPerMs;
        const last = runs.at(-1);
        const expectedMs = last ? last.captureMs + last.lengthMs : -1;
        const captureMs = positionOf(pcm, expectedMs);
        if (last && captureMs === expectedMs) last.lengthMs += lengthMs;
        else runs.push({ sessionMs: sentMs, captureMs, lengthMs });
        sentMs += lengthMs;
        const span = sessions[index];
        const startMs = span && span.endMs > 0 ? span.startMs : captureMs;
        sessions[index] = { startMs, endMs: captureMs + lengthMs };
        mostAhead = Math.max(mostAhead, sentMs - (clock.monotonic() - openedAt) * maxPace);
        if (isConnected) take();
      },
      flush() {
        if (!isOver && isConnected && !isStalled && !script.ignoresFlush) makeFinal();
      },
      finish() {
        if (isOver || !isConnected || isStalled) return;
        takenMs = sentMs;
        makeFinal();
        say(() => end(null), script.answerMs + 1);
      },
      abort() {
        if (isOver) return;
        isOver = true;
        open -= 1;
      },
    };
  }

  return {
    name,
    capabilities: {
      timestamps: 'word',
      unit: 'stretch',
      diarization: true,
      keyterms: false,
      languages: 'any',
      concurrency,
      maxAudioMs: 60_000,
    },
    probe: async () => ({ available: true, model: `${name}-model` }),
    transcribe: () => Promise.reject(new Error('hears live only')),
    live: { interim, concurrency, maxPace, open: (_hints, listener) => openSession(listener) },
    sessions,
    openSessions: () => open,
    mostAtOnce: () => mostAtOnce,
    mostAhead: () => mostAhead,
  };
}

/** Index of the first word that ends after `ms`. */
function firstAfter(words: readonly ScriptedWord[], ms: number): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.endMs ?? Infinity) > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}
