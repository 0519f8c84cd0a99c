import type { Span } from '../audio/index.ts';

/** What an engine can do; how sound is cut for it follows from this. */
export interface TranscriberCapabilities {
  /** `none`: text only, so sound is sent utterance by utterance; `word`: times of its own, so a whole stretch may be sent. */
  readonly timestamps: 'none' | 'word';
  readonly diarization: boolean;
  /** Requests it serves at once. */
  readonly concurrency: number;
  /** Longest stretch of sound in one request, ms. */
  readonly maxAudioMs: number;
}

export type Availability =
  | { readonly available: true; readonly model: string }
  /** `reason` is for people: what is missing and how to add it. */
  | { readonly available: false; readonly reason: string };

/** Words as heard. Times in ms from the start of the sound that was sent. */
export interface HeardUtterance extends Span {
  readonly text: string;
  readonly speaker: string | null;
  /** 0..1, or null when the engine does not say. */
  readonly confidence: number | null;
}

export type Hearing =
  | {
      readonly kind: 'words';
      readonly model: string;
      readonly utterances: readonly HeardUtterance[];
    }
  | { readonly kind: 'silence'; readonly model: string };

/**
 * A speech recogniser. Sound is 16 kHz mono s16le PCM.
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
  transcribe(pcm: Uint8Array, signal: AbortSignal): Promise<Hearing>;
}
