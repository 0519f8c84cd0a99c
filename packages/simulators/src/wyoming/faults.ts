import type { DataStyle, JsonObject } from './wire.ts';

/** How a simulated server misbehaves, or merely differs from another real one, on a connection. */
export interface WyomingFaults {
  /** Closes the connection after each transcript (as faster-whisper does). Default: stays open. */
  readonly closesAfterTranscript?: boolean;
  /** Waits before it answers, as a slow or loading recogniser. */
  readonly replyDelayMs?: number;
  /** Waits before it reads anything: the client meets back-pressure. */
  readonly readDelayMs?: number;
  /** Hears everything and never answers anything. */
  readonly neverAnswers?: boolean;
  /** Breaks the connection at this point. */
  readonly drops?: 'at-connect' | 'mid-audio' | 'before-transcript' | 'mid-transcript';
  /** Sends an `error` event in place of the transcript. */
  readonly error?: { readonly text: string; readonly code?: string };
  /** Sends a line that is no message in place of the transcript. */
  readonly garbage?: boolean;
  /** Sends streaming events and non-final transcripts around the transcript. */
  readonly partials?: boolean;
  /** Finds voices itself: one transcript for each line of what was recognised. */
  readonly cutsByItself?: boolean;
  /** Default `out-of-line`. */
  readonly dataStyle?: DataStyle;
  /** Sends one byte at a time. */
  readonly dribbles?: boolean;
  /** Answers `describe` with this in place of one ASR program with one model. */
  readonly info?: JsonObject;
}
