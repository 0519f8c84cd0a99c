import type { Span } from '../../audio/index.ts';
import type { TranscriptPiece } from '../pieces.ts';
import type { HeardUtterance } from '../ports.ts';

/** What is shown of [startMs, endMs) of capture time. A caption replaces every interim one before it. */
export interface Caption extends Span {
  /** No word of it is ever in a final caption again. */
  readonly isFinal: boolean;
  /** Empty: what was shown as interim is not to be shown any more. */
  readonly utterances: readonly HeardUtterance[];
}

/**
 * Final words over a stretch of capture time, which begins at or after the end of the piece before it. Each utterance is
 * in it with its middle; speakers are told apart across sessions (`s95120:0`).
 */
export type LivePiece = Omit<TranscriptPiece, 'userId' | 'captureId'>;

/**
 * How the captions of a capture are doing, for the view.
 *
 * - `idle`: nobody speaks, no session is open
 * - `connecting`: somebody speaks and a session is on its way
 * - `live`: an engine hears
 * - `shed`: the engine fell behind; what is said now is transcribed later, from the recording
 * - `no-engine`: so it is, because none works or has a session to spare
 */
export type CaptionState = 'idle' | 'connecting' | 'live' | 'shed' | 'no-engine';

export interface CaptionerSettings {
  /** Sound from before speech that is heard with it, so that no first word is cut, ms. */
  readonly preRollMs: number;
  /** Sound that is kept for the next engine until its words are final, ms. */
  readonly ringMs: number;
  /** Silence after which a session is finished, ms. */
  readonly idleMs: number;
  /** A connection that is not there after this has failed, ms. */
  readonly connectLimitMs: number;
  /** An engine that says nothing to speech for this long has failed, ms. */
  readonly quietLimitMs: number;
  /** Sound that waits for an engine which takes it too slowly; with more it is shed, ms. */
  readonly waitingLimitMs: number;
  /** How long a shed capture is left without captions before it is tried again, ms. */
  readonly shedMs: number;
  /** What an engine missed is made up for in at most this long, by its pace; the rest is left as a hole, ms. */
  readonly catchUpMs: number;
  /** How long a finished session may take for its last words; the end of a capture, too, ms. */
  readonly finishLimitMs: number;
}

export const captionerDefaults: CaptionerSettings = {
  preRollMs: 1000,
  ringMs: 30_000,
  idleMs: 10_000,
  connectLimitMs: 8000,
  quietLimitMs: 10_000,
  waitingLimitMs: 5000,
  shedMs: 30_000,
  catchUpMs: 60_000,
  finishLimitMs: 12_000,
};
