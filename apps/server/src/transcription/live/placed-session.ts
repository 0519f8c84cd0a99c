import { durationMs, speechFormat, type Span } from '../../audio/index.ts';
import { ProviderError } from '../../base/index.ts';
import { cutUtterance } from '../pieces.ts';
import type { HearingHints, HeardUtterance, LiveResult, LiveSession } from '../ports.ts';
import type { LiveEngineLease } from './engines.ts';
import { SessionClock } from './session-clock.ts';
import type { PlacedSound } from './sound-ring.ts';

/** A stretch of capture time and what was said in it. */
export interface PlacedWords extends Span {
  readonly utterances: readonly HeardUtterance[];
}

export interface PlacedListener {
  /** All there is to say of these stretches, which follow each other and the ones before. */
  onFinal(stretches: readonly PlacedWords[]): void;
  /** What was heard behind the last final words, so far. */
  onInterim(words: PlacedWords): void;
  /** The session is over. Called once, unless `abort` was. */
  onEnd(): void;
}

/** A session of an engine that is sent sound of a capture and answers in capture time. */
export interface PlacedSession {
  readonly model: string;
  readonly waitingMs: number;
  /** Whether sound has reached the engine. */
  readonly isConnected: boolean;
  /** How often it said something of a time it had said nothing of before. */
  readonly progress: number;
  /** Null while it goes on. */
  readonly ended: { readonly failure: ProviderError | null } | null;
  send(sound: PlacedSound): void;
  flush(): void;
  finish(): void;
  abort(): void;
}

/** A final result may begin this much before the last one ended; its words are cut. More, and its clock is wrong. */
const overlapToleranceMs = 1000;

/** Opens a session; `label` makes its speakers' labels its own. */
export function openPlacedSession(
  { name, live }: LiveEngineLease,
  label: string,
  hints: HearingHints,
  listener: PlacedListener,
): PlacedSession {
  const clock = new SessionClock();
  let session: LiveSession | null = null;
  let ended: PlacedSession['ended'] = null;
  let hasAnswered = false;
  let progress = 0;
  /** In session time: how far it has said something, and how far what it said is final. */
  let heardMs = 0;
  let finalMs = 0;
  let lastFinal: LiveResult | null = null;

  function end(failure: ProviderError | null): void {
    if (ended) return;
    ended = { failure };
    listener.onEnd();
  }

  /** Its answers cannot be trusted any more. */
  function fail(reason: string): void {
    session?.abort();
    end(new ProviderError(name, 'transient', reason));
  }

  function hear(result: LiveResult): void {
    if (ended) return;
    hasAnswered = true;
    const endMs = Math.min(result.endMs, clock.sentMs);
    if (endMs > heardMs) {
      heardMs = endMs;
      progress += 1;
    }
    if (result.isFinal) hearFinal(result, endMs);
    else listener.onInterim(placeInterim(result, Math.max(endMs, finalMs)));
  }

  function hearFinal(result: LiveResult, endMs: number): void {
    if (lastFinal && isSame(lastFinal, result)) return;
    if (result.startMs < finalMs - overlapToleranceMs) {
      fail('answered for a time that was final already');
      return;
    }
    if (endMs <= finalMs) return;
    lastFinal = result;
    progress += 1;
    const utterances = place(result.utterances, { startMs: finalMs, endMs });
    const stretches = clock.spans({ startMs: finalMs, endMs }).map((stretch) => ({
      ...stretch,
      utterances: utterances.flatMap((utterance) => cutUtterance(utterance, stretch) ?? []),
    }));
    finalMs = endMs;
    clock.forget(finalMs);
    listener.onFinal(stretches);
  }

  function placeInterim({ utterances }: LiveResult, endMs: number): PlacedWords {
    const window = { startMs: finalMs, endMs };
    const spans = clock.spans(window);
    const from = clock.place({ startMs: finalMs, endMs: finalMs });
    return {
      startMs: spans[0]?.startMs ?? from.startMs,
      endMs: spans.at(-1)?.endMs ?? from.endMs,
      utterances: place(utterances, window),
    };
  }

  /** What was said of `window` of the session, in capture time. */
  function place(utterances: readonly HeardUtterance[], window: Span): readonly HeardUtterance[] {
    return utterances.flatMap((heard) => {
      const utterance = cutUtterance(endingBy(heard, window.endMs), window);
      if (!utterance) return [];
      const { speaker } = utterance;
      return {
        ...clock.place(utterance),
        words: utterance.words.map((word) => clock.place(word)),
        speaker: speaker === null ? null : `${label}:${speaker}`,
      };
    });
  }

  session = live.open(hints, { onResult: hear, onEnd: end });

  return {
    get model() {
      return session.model;
    },
    get waitingMs() {
      return session.waitingMs;
    },
    get isConnected() {
      return hasAnswered || session.waitingMs < clock.sentMs;
    },
    get progress() {
      return progress;
    },
    get ended() {
      return ended;
    },
    send({ startMs, pcm }) {
      clock.advance(startMs, durationMs(speechFormat, pcm.length));
      session.send(pcm);
    },
    flush: () => session.flush(),
    finish: () => session.finish(),
    abort() {
      ended ??= { failure: null };
      session.abort();
    },
  };
}

/** An engine sends some answers twice. */
function isSame(a: LiveResult, b: LiveResult): boolean {
  return a.startMs === b.startMs && a.endMs === b.endMs && textOf(a) === textOf(b);
}

function textOf({ utterances }: LiveResult): string {
  return utterances.map(({ text }) => text).join(' ');
}

/** A last word may be said to end a little after the result that has it, which has it all the same. */
function endingBy(utterance: HeardUtterance, endMs: number): HeardUtterance {
  const held = <Heard extends Span>(heard: Heard): Heard =>
    heard.endMs <= endMs ? heard : { ...heard, startMs: Math.min(heard.startMs, endMs - 1), endMs };
  return { ...held(utterance), words: utterance.words.map(held) };
}
