import type { UserId } from '@friend-lite/contract';
import type { Span } from '../audio/index.ts';
import type { ProviderError } from '../base/index.ts';

/** What an engine can do; how sound is cut for it follows from this. */
export interface TranscriberCapabilities {
  /** `none`: text only; `segment`: times of each utterance; `word`: of each word, too. */
  readonly timestamps: 'none' | 'segment' | 'word';
  /**
   * What it is sent at once: what somebody said in one go, or whole stretches with the pauses in them, from which it
   * learns who speaks and what of. Without times of its own it has to be `utterance`.
   */
  readonly unit: 'utterance' | 'stretch';
  /** Whether it tells speakers apart. */
  readonly diarization: boolean;
  /** Whether it makes use of words that are likely to be said. */
  readonly keyterms: boolean;
  /** Codes as in `SoundToHear.language`, or any. */
  readonly languages: readonly string[] | 'any';
  /** Requests it serves at once. */
  readonly concurrency: number;
  /** Longest stretch of sound in one request, ms. */
  readonly maxAudioMs: number;
}

export type Availability =
  | { readonly available: true; readonly model: string }
  /** `reason` is for people: what is missing and how to add it. */
  | { readonly available: false; readonly reason: string };

/** A word as heard. Times as those of its utterance; `speaker` is its utterance's. */
export interface HeardWord extends Span {
  /** With its punctuation. */
  readonly text: string;
  /** 0..1, or null when the engine does not say. */
  readonly confidence: number | null;
}

/** What one speaker said in one go. Times in ms from the start of the sound that was sent. */
export interface HeardUtterance extends Span {
  readonly text: string;
  /** The engine's own label, which means the same within one answer or one live session only. */
  readonly speaker: string | null;
  /** 0..1, or null when the engine does not say. */
  readonly confidence: number | null;
  /** In time order; empty when the engine tells no times of words. */
  readonly words: readonly HeardWord[];
}

export type Hearing =
  | {
      readonly kind: 'words';
      readonly model: string;
      readonly utterances: readonly HeardUtterance[];
    }
  | { readonly kind: 'silence'; readonly model: string };

/** What is known about sound before it is heard. */
export interface HearingHints {
  /** ISO 639-1, `multi` for several in turn; null: whatever the engine takes by itself. */
  readonly language: string | null;
  /** Names and words that are likely to be said; an engine without `keyterms` passes over them. */
  readonly keyterms: readonly string[];
}

/** What each user said of their speech. */
export interface HearingHintsStore {
  /** Null: nothing. */
  find(userId: UserId): Promise<HearingHints | null>;
  put(userId: UserId, hints: HearingHints): Promise<void>;
}

export const noHints: HearingHints = { language: null, keyterms: [] };

/** Sound with what is known about it: 16 kHz mono s16le PCM. */
export interface SoundToHear extends HearingHints {
  readonly pcm: Uint8Array;
}

/**
 * A speech recogniser.
 *
 * `transcribe` is safe to repeat. It throws `ProviderError`, classed by the adapter; silence is a result,
 * not an error. After `signal` aborts it throws and sends nothing more.
 */
export interface Transcriber {
  /** `wyoming`, `pocketsphinx`, …; stored with each transcript. */
  readonly name: string;
  readonly capabilities: TranscriberCapabilities;
  /** Asks whether it would work now; never throws, answers within 5 s. */
  probe(signal: AbortSignal): Promise<Availability>;
  transcribe(sound: SoundToHear, signal: AbortSignal): Promise<Hearing>;
  /** Null for an engine that hears only what is over. */
  readonly live: LiveTranscriber | null;
}

/** An engine that hears while somebody speaks. */
export interface LiveTranscriber {
  /** Whether it tells what it hears before it is sure. */
  readonly interim: boolean;
  /** Sessions it serves at once. */
  readonly concurrency: number;
  /** How much faster than it was spoken sound may be sent, for what has to be made up for; 1 is as it was spoken. */
  readonly maxPace: number;
  /**
   * Begins a session; never throws. Sound may be sent at once and waits until the connection is there. After `onEnd`
   * nothing is called any more.
   */
  open(hints: HearingHints, listener: LiveListener): LiveSession;
}

/**
 * What a live engine says of the time from `startMs` to `endMs`, in ms from the first sound of the session. What it says
 * of a time it is not sure about replaces what it said of it before. What is final is never changed, and says
 * all there is to say of its time, which begins where the last final one ended.
 */
export interface LiveResult extends Span {
  readonly isFinal: boolean;
  /** Empty for silence. */
  readonly utterances: readonly HeardUtterance[];
}

export interface LiveListener {
  /** In the order of the engine's answers. */
  onResult(result: LiveResult): void;
  /** The session is over: as asked for by `finish` (null), or by a failure. Called once, unless `abort` was. */
  onEnd(failure: ProviderError | null): void;
}

export interface LiveSession {
  /** Which model hears, once the engine has said so. */
  readonly model: string;
  /** Sound that was sent and has not left for the engine yet, ms: a connection that is slow, or not there yet. */
  readonly waitingMs: number;
  /** The next sound, 16 kHz mono s16le. Between two calls the session is kept alive as the engine wants it. */
  send(pcm: Uint8Array): void;
  /** Somebody stopped speaking: asks for what is pending to be made final now. */
  flush(): void;
  /** No more sound comes: asks for all that is pending, then `onEnd(null)`, or a failure when that takes over 10 s. */
  finish(): void;
  /** Ends at once, without a word. Idempotent. */
  abort(): void;
}
