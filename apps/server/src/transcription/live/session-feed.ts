import { durationMs, speechFormat } from '../../audio/index.ts';
import { ProviderError } from '../../base/index.ts';
import type { CaptionerSettings } from './captions.ts';
import type { LiveEngineLease } from './engines.ts';
import type { PlacedSession } from './placed-session.ts';
import type { SoundRing } from './sound-ring.ts';
import { firstOpenSpeechMs, type SpeechLedger } from './speech-ledger.ts';

/** How a session does. */
export type SessionVerdict =
  | { readonly kind: 'goes-on' }
  /** As asked for, with all that is pending said. */
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly error: ProviderError }
  | { readonly kind: 'fell-behind'; readonly error: ProviderError };

/** What a feed looks at each time. */
export interface FeedView {
  readonly ring: SoundRing;
  readonly ledger: SpeechLedger;
  /** When the latest sound came; monotonic ms, as `nowMs`. */
  readonly heardAtMs: number;
  readonly nowMs: number;
  /** No more sound will come. */
  readonly isEnding: boolean;
}

/** Sound that may leave at once after a pause; a connection that comes late gets no more than this together, ms. */
const burstMs = 2000;
/** Longest sound in one call, as services like it. */
const longestSendMs = 250;
/** Silence sent behind speech before it is flushed: the last sounds of a word are softer than the detector's threshold. */
const flushTailMs = 200;

/** Sends sound to one session, never faster than its engine takes it, and watches whether it does its work. */
export class SessionFeed {
  readonly #lease: LiveEngineLease;
  readonly #session: PlacedSession;
  readonly #settings: CaptionerSettings;
  readonly #openedAtMs: number;
  #sentUntilMs: number;
  #flushedMs: number;
  #allowance: { ms: number; atMs: number };
  /** When it last said something new, or had nothing to say; and how much it was sent since. */
  #lastGood: { atMs: number; sentMs: number };
  #progress = 0;
  #lastSpeechAtMs: number;
  #finishingSinceMs: number | null = null;

  constructor(
    lease: LiveEngineLease,
    session: PlacedSession,
    settings: CaptionerSettings,
    start: { readonly fromMs: number; readonly nowMs: number },
  ) {
    this.#lease = lease;
    this.#session = session;
    this.#settings = settings;
    this.#openedAtMs = start.nowMs;
    this.#sentUntilMs = start.fromMs;
    this.#flushedMs = start.fromMs;
    this.#allowance = { ms: burstMs, atMs: start.nowMs };
    this.#lastGood = { atMs: start.nowMs, sentMs: 0 };
    this.#lastSpeechAtMs = start.nowMs;
  }

  /** Capture time up to which sound was sent. */
  get sentUntilMs(): number {
    return this.#sentUntilMs;
  }

  get state(): 'connecting' | 'live' | 'finishing' {
    if (this.#finishingSinceMs !== null) return 'finishing';
    return this.#session.isConnected ? 'live' : 'connecting';
  }

  /** Sends what there is to send and tells how the session does. */
  attend(view: FeedView): SessionVerdict {
    if (!this.#session.ended && this.#finishingSinceMs === null) {
      const isIdle = this.#isIdle(view);
      if (!isIdle) this.#send(view);
      this.#flush(view);
      if (this.#isToFinish(view, isIdle)) {
        this.#finishingSinceMs = view.nowMs;
        this.#session.finish();
      }
    }
    return this.#judge(view);
  }

  #send({ ring, nowMs }: FeedView): void {
    const { atMs, ms } = this.#allowance;
    const earnedMs = (nowMs - atMs) * Math.max(1, this.#lease.live.maxPace);
    const allowance = { ms: Math.min(burstMs, ms + earnedMs), atMs: nowMs };
    this.#allowance = allowance;
    const isHeldBack = (): boolean =>
      !this.#session.isConnected && this.#session.waitingMs >= burstMs;

    while (allowance.ms > 0 && !isHeldBack() && !this.#session.ended) {
      const sound = ring.read(this.#sentUntilMs, longestSendMs);
      if (!sound) return;
      const lengthMs = durationMs(speechFormat, sound.pcm.length);
      this.#sentUntilMs = sound.startMs + lengthMs;
      this.#lastGood.sentMs += lengthMs;
      allowance.ms -= lengthMs;
      this.#session.send(sound);
    }
  }

  #flush({ ring, ledger }: FeedView): void {
    const over = ledger.ended.findLast((region) => this.#isSent(region.endMs, ring));
    if (!over || over.endMs <= this.#flushedMs) return;
    this.#flushedMs = over.endMs;
    this.#session.flush();
  }

  /** Whether nobody has spoken for so long that the session is not needed. */
  #isIdle({ ring, ledger, heardAtMs, nowMs }: FeedView): boolean {
    if (this.#hasUnsentSpeech(ring, ledger)) this.#lastSpeechAtMs = nowMs;
    else if (ledger.speakingSinceMs !== null) {
      // A device that went away while somebody spoke keeps no session.
      this.#lastSpeechAtMs = Math.max(this.#lastSpeechAtMs, heardAtMs);
    }
    return nowMs - this.#lastSpeechAtMs >= this.#settings.idleMs;
  }

  /**
   * An idle session is sent nothing more, and finished once it is known that nobody had begun to speak in what it was
   * sent: its last word would be cut.
   */
  #isToFinish({ ring, ledger, heardAtMs, nowMs, isEnding }: FeedView, isIdle: boolean): boolean {
    if (isEnding) return !this.#hasUnsentSpeech(ring, ledger);
    const { preRollMs } = this.#settings;
    const isKnown =
      ledger.analyzedMs >= this.#sentUntilMs + preRollMs || nowMs - heardAtMs >= preRollMs;
    return isIdle && isKnown;
  }

  #hasUnsentSpeech(ring: SoundRing, ledger: SpeechLedger): boolean {
    return ledger.ended.some(({ endMs }) => !this.#isSent(endMs, ring));
  }

  #isSent(speechEndMs: number, ring: SoundRing): boolean {
    return Math.min(speechEndMs + flushTailMs, ring.endMs) <= this.#sentUntilMs;
  }

  #judge(view: FeedView): SessionVerdict {
    const { nowMs } = view;
    const { ended, isConnected, waitingMs } = this.#session;
    const isFinishing = this.#finishingSinceMs !== null;
    if (ended?.failure) return { kind: 'failed', error: ended.failure };
    if (ended && isFinishing) return { kind: 'finished' };
    if (ended) return this.#failed('transient', 'ended a session that was going on');

    const { connectLimitMs, finishLimitMs, waitingLimitMs } = this.#settings;
    if (this.#finishingSinceMs !== null) {
      return nowMs - this.#finishingSinceMs > finishLimitMs
        ? this.#failed('timeout', 'did not finish a session in time')
        : { kind: 'goes-on' };
    }
    if (!isConnected) {
      return nowMs - this.#openedAtMs > connectLimitMs
        ? this.#failed('timeout', 'no connection in time')
        : { kind: 'goes-on' };
    }
    if (waitingMs > waitingLimitMs) {
      const error = new ProviderError(this.#lease.name, 'transient', 'takes sound too slowly');
      return { kind: 'fell-behind', error };
    }
    return this.#judgeAnswers(view);
  }

  #judgeAnswers({ ring, ledger, nowMs }: FeedView): SessionVerdict {
    const openMs = firstOpenSpeechMs(ledger);
    if (openMs !== null && openMs < ring.startMs && openMs < this.#sentUntilMs) {
      return this.#failed('timeout', 'makes nothing final');
    }
    const hasNothingToSay = openMs === null || openMs >= this.#sentUntilMs;
    // Without interim results it is silent until somebody pauses.
    const mayBeSilent = !this.#lease.live.interim && ledger.speakingSinceMs !== null;
    if (hasNothingToSay || mayBeSilent || this.#session.progress !== this.#progress) {
      this.#progress = this.#session.progress;
      this.#lastGood = { atMs: nowMs, sentMs: 0 };
    }
    const { quietLimitMs } = this.#settings;
    const { atMs, sentMs } = this.#lastGood;
    return nowMs - atMs > quietLimitMs && sentMs > quietLimitMs
      ? this.#failed('timeout', 'says nothing to speech')
      : { kind: 'goes-on' };
  }

  #failed(failure: ProviderError['failure'], message: string): SessionVerdict {
    return { kind: 'failed', error: new ProviderError(this.#lease.name, failure, message) };
  }

  /** Ends the session without a word and gives it back. */
  close(): void {
    this.#session.abort();
    this.#lease.release();
  }

  reportFailure(error: ProviderError): void {
    this.#lease.reportFailure(error);
  }

  reportSuccess(): void {
    this.#lease.reportSuccess();
  }

  get engine(): string {
    return this.#lease.name;
  }

  get model(): string {
    return this.#session.model;
  }
}
