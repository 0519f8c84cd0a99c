import { unreachable, type Clock, type Log, type ProviderError } from '../../base/index.ts';
import type { Span } from '../../audio/index.ts';
import { cutUtterance } from '../pieces.ts';
import type { HearingHints, HeardUtterance } from '../ports.ts';
import {
  captionerDefaults,
  type Caption,
  type CaptionerSettings,
  type CaptionState,
  type LivePiece,
} from './captions.ts';
import type { LiveEngines } from './engines.ts';
import { openPlacedSession, type PlacedWords } from './placed-session.ts';
import { noteFailure, noteSuccess, waitingEngines, type Retries } from './retries.ts';
import { SessionFeed } from './session-feed.ts';
import { SoundRing } from './sound-ring.ts';
import {
  emptyLedger,
  firstOpenSpeechMs,
  giveUpTo,
  noteSpeech,
  settleHeard,
  type DetectedSpeech,
  type LedgerStep,
} from './speech-ledger.ts';

export interface CaptionerListener {
  onCaption(caption: Caption): void;
  onPiece(piece: LivePiece): void;
  /** Speech that no piece covers or will cover: to be heard from the recording. Never overlaps a piece or another hole. */
  onHole(hole: Span): void;
  onState(state: CaptionState): void;
}

/**
 * Hears one capture live. All times are capture time. Pieces and holes together hold all detected speech up to
 * `settledMs`, each moment once. Nothing waits and nothing throws; the listener is called from within the calls and from
 * timers.
 */
export interface Captioner {
  /** Recorded sound, 16 kHz mono s16le: in order, never overlapping; it may jump ahead. It is kept and must not change. */
  hear(startMs: number, pcm: Uint8Array): void;
  /** The detector's next report on that sound. It may come later than the sound. */
  detect(report: DetectedSpeech): void;
  /** Speech before this is in pieces and holes. */
  settledMs(): number;
  state(): CaptionState;
  /** The capture is over and its last report was given. Resolves within `finishLimitMs`, when all its speech is in pieces and holes. */
  finish(): Promise<void>;
  /** Stops at once, for a restart: what is not settled is told to nobody. */
  dispose(): void;
}

/** How often a session is looked after while no sound comes. */
const tickMs = 100;
/** How often an engine is asked for while there is none. */
const leaseIntervalMs = 500;
/** Even an engine that hears no faster than one speaks is given so much at once to make up for. */
const leastReplayMs = 5000;
/** Times of sound and of speech are rounded differently. */
const roundingMs = 20;
const retrySettings = { firstMs: 1000, longestMs: 10_000, refusedMs: 60_000 };

/** Begins to hear a capture at `startMs`. `random` is uniform in [0, 1), for the backoff. */
export function createCaptioner(options: {
  readonly startMs: number;
  readonly engines: LiveEngines;
  readonly hints: HearingHints;
  readonly listener: CaptionerListener;
  readonly settings?: Partial<CaptionerSettings>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}): Captioner {
  const { engines, hints, listener, clock, random, log } = options;
  const settings = { ...captionerDefaults, ...options.settings };
  const ring = new SoundRing(settings.ringMs);
  const ended = Promise.withResolvers<undefined>();
  let ledger = emptyLedger(options.startMs);
  let feed: SessionFeed | null = null;
  let retries: Retries = new Map();
  let state: CaptionState = 'idle';
  let isInterimShown = false;
  let heardAtMs = clock.monotonic();
  let shedUntilMs = -Infinity;
  let nextLeaseAtMs = -Infinity;
  let endingSinceMs: number | null = null;
  let isOver = false;
  let isAdvancing = false;
  let cancelTick = (): void => undefined;

  function settle(step: LedgerStep): void {
    ledger = step.ledger;
    for (const hole of step.holes) listener.onHole(hole);
  }

  /** Looks after everything. What an engine says meanwhile is taken in by the same round or the next. */
  function advance(): void {
    if (isAdvancing || isOver) return;
    isAdvancing = true;
    try {
      if (feed) attend(feed);
      const waiting = feed ? null : whatNext();
      if (feed) showState(feed.state === 'finishing' ? 'idle' : feed.state);
      else if (waiting) showState(waiting);
      const neededMs = Math.min(firstOpenSpeechMs(ledger) ?? Infinity, ledger.analyzedMs);
      ring.trim(neededMs - settings.preRollMs);
    } finally {
      isAdvancing = false;
    }
    if (!feed && endingSinceMs !== null) end();
    else scheduleTick();
  }

  function end(): void {
    isOver = true;
    cancelTick();
    ended.resolve(undefined);
  }

  function scheduleTick(): void {
    cancelTick();
    if (feed || state !== 'idle') cancelTick = clock.after(tickMs, advance);
  }

  function attend(current: SessionFeed): void {
    const nowMs = clock.monotonic();
    const isEnding = endingSinceMs !== null;
    const verdict = current.attend({ ring, ledger, heardAtMs, nowMs, isEnding });
    switch (verdict.kind) {
      case 'goes-on':
        if (endingSinceMs !== null && nowMs - endingSinceMs >= settings.finishLimitMs)
          close(current);
        return;
      case 'finished': {
        current.reportSuccess();
        const { sentUntilMs } = current;
        close(current);
        // It has said all it has to say: speech it passed over is not put to another engine live.
        settle(giveUpTo(ledger, sentUntilMs));
        return;
      }
      case 'failed':
        lose(current, verdict.error);
        return;
      case 'fell-behind':
        lose(current, verdict.error);
        shedUntilMs = nowMs + settings.shedMs;
        settle(giveUpTo(ledger, ledger.analyzedMs));
        return;
      default:
        unreachable(verdict);
    }
  }

  function lose(current: SessionFeed, error: ProviderError): void {
    const { engine } = current;
    log.warn('live session lost', { engine, failure: error.failure, reason: error.message });
    current.reportFailure(error);
    retries = noteFailure(
      retries,
      engine,
      error.failure,
      clock.monotonic(),
      random(),
      retrySettings,
    );
    close(current);
  }

  function close(current: SessionFeed): void {
    current.close();
    feed = null;
    if (isInterimShown) showCaption({ ...at(ledger.settledMs), isFinal: false, utterances: [] });
  }

  /** Opens a session when there is speech for one; else tells the state that this leaves. */
  function whatNext(): CaptionState | null {
    const nowMs = clock.monotonic();
    if (endingSinceMs !== null) {
      settle(giveUpTo(ledger, ring.endMs));
      return 'idle';
    }
    if (nowMs < shedUntilMs) {
      if (ledger.speakingSinceMs === null) settle(giveUpTo(ledger, ledger.analyzedMs));
      giveUpLostSound();
      return 'shed';
    }
    if (state === 'shed') settle(giveUpTo(ledger, ledger.analyzedMs));
    giveUpLostSound();
    if (openSpeechMs() === null) return 'idle';
    if (nowMs < nextLeaseAtMs) return state;
    const waiting = waitingEngines(retries, nowMs);
    const lease = engines.lease(waiting);
    if (!lease) {
      nextLeaseAtMs = nowMs + leaseIntervalMs;
      return waiting.size > 0 ? 'connecting' : 'no-engine';
    }

    const replayMs = Math.max(leastReplayMs, (lease.live.maxPace - 1) * settings.catchUpMs);
    if (ring.endMs - (openSpeechMs() ?? ring.endMs) > replayMs) {
      settle(giveUpTo(ledger, ring.endMs - replayMs));
    }
    const openMs = openSpeechMs();
    if (openMs === null) {
      lease.release();
      return 'idle';
    }
    const fromMs = Math.max(ring.startMs, openMs - settings.preRollMs);
    const label = `s${Math.round(Math.max(ledger.settledMs, fromMs))}`;
    const session = openPlacedSession(lease, label, hints, { onFinal, onInterim, onEnd: advance });
    feed = new SessionFeed(lease, session, settings, { fromMs, nowMs });
    attend(feed);
    return null;
  }

  /** Speech with sound for it. */
  function openSpeechMs(): number | null {
    const openMs = firstOpenSpeechMs(ledger);
    return openMs !== null && openMs < ring.endMs ? openMs : null;
  }

  /** Speech whose sound left the ring; the next word begins with sound in front of it. */
  function giveUpLostSound(): void {
    const openMs = openSpeechMs();
    if (openMs === null || openMs + roundingMs >= ring.startMs) return;
    settle(giveUpTo(ledger, ring.startMs + settings.preRollMs));
  }

  function onFinal(stretches: readonly PlacedWords[]): void {
    if (!feed) return;
    const { engine: provider, model } = feed;
    for (const { startMs, endMs, utterances: heard } of stretches) {
      const span = { startMs: Math.max(startMs, firstOwnMs(heard)), endMs };
      if (span.startMs >= span.endMs) continue;
      const utterances = cutTo(heard, span);
      listener.onPiece({ ...span, pass: 'live', provider, model, utterances });
      if (utterances.length > 0 || isInterimShown) {
        showCaption({ ...span, isFinal: true, utterances });
      }
      settle(settleHeard(ledger, span));
      if (utterances.length > 0) noteWords(feed);
    }
    advance();
  }

  /**
   * Where the next piece may begin. A hole ends anywhere in a word; to which side that word belongs, two recognisers might
   * see differently. It goes to the hole, which then ends where the word does.
   */
  function firstOwnMs(heard: readonly HeardUtterance[]): number {
    const { settledMs } = ledger;
    if (ledger.holes.at(-1)?.endMs !== settledMs) return settledMs;
    const cut = heard
      .flatMap(({ words }) => words)
      .find(({ startMs, endMs }) => startMs < settledMs && endMs > settledMs);
    return cut?.endMs ?? settledMs;
  }

  function noteWords(current: SessionFeed): void {
    current.reportSuccess();
    if (retries.size > 0) retries = noteSuccess(retries, current.engine);
  }

  function onInterim({ startMs, endMs, utterances: heard }: PlacedWords): void {
    const span = { startMs: Math.max(startMs, ledger.settledMs), endMs };
    if (span.startMs > span.endMs) return;
    const utterances = cutTo(heard, { ...span, endMs: Infinity });
    if (utterances.length > 0 || isInterimShown)
      showCaption({ ...span, isFinal: false, utterances });
  }

  function showCaption(caption: Caption): void {
    isInterimShown = !caption.isFinal && caption.utterances.length > 0;
    listener.onCaption(caption);
  }

  function showState(next: CaptionState): void {
    if (next === state) return;
    state = next;
    listener.onState(next);
  }

  return {
    hear(startMs, pcm) {
      if (isOver || endingSinceMs !== null) return;
      ring.push(startMs, pcm);
      heardAtMs = clock.monotonic();
      advance();
    },
    detect(report) {
      if (isOver || endingSinceMs !== null) return;
      settle(noteSpeech(ledger, report));
      advance();
    },
    settledMs: () => ledger.settledMs,
    state: () => state,
    finish() {
      if (endingSinceMs === null) {
        endingSinceMs = clock.monotonic();
        const { speakingSinceMs } = ledger;
        const endMs = ring.endMs;
        const last = speakingSinceMs === null ? [] : [{ startMs: speakingSinceMs, endMs }];
        settle(noteSpeech(ledger, { analyzedMs: endMs, ended: last, speakingSinceMs: null }));
        advance();
      }
      return ended.promise;
    },
    dispose() {
      isOver = true;
      cancelTick();
      feed?.close();
      feed = null;
      ended.resolve(undefined);
    },
  };
}

function cutTo(utterances: readonly HeardUtterance[], within: Span): readonly HeardUtterance[] {
  return utterances.flatMap((utterance) => cutUtterance(utterance, within) ?? []);
}

function at(ms: number): Span {
  return { startMs: ms, endMs: ms };
}
