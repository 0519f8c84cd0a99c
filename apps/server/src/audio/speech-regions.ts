import type { Span } from './activity.ts';

/** When probabilities become speech. Times in ms, thresholds 0..1. */
export interface SpeechSettings {
  /** Speech begins at this probability … */
  readonly startThreshold: number;
  /** … and goes on while it is at least this: hysteresis, so that it does not flicker. */
  readonly stayThreshold: number;
  /** Less speech than this, pauses not counted, is a click or a cough and no region. */
  readonly minSpeechMs: number;
  /** A region ends when nothing was heard for this long; a shorter pause is part of it. */
  readonly hangoverMs: number;
  /** How much earlier than the first speech a region starts: detectors notice an onset late. */
  readonly startPadMs: number;
}

/**
 * Thresholds and minimum length as in Silero's reference code (`get_speech_timestamps`: threshold 0.5,
 * the lower one 0.15 below, min_speech_duration_ms 250). Its other two values are made for cutting
 * files (100 ms of silence, 30 ms of padding); live speech asks for more of both.
 */
export const speechDefaults: SpeechSettings = {
  startThreshold: 0.5,
  stayThreshold: 0.35,
  minSpeechMs: 250,
  hangoverMs: 300,
  startPadMs: 100,
};

/** What was made of the windows so far. */
export type SpeechState =
  /** `notBeforeMs`: no region starts before it, since it was never heard or belongs to the last region. */
  | { readonly kind: 'silence'; readonly notBeforeMs: number }
  | {
      readonly kind: 'speech';
      readonly notBeforeMs: number;
      readonly startMs: number;
      /** End of the newest window with speech. */
      readonly endMs: number;
      /** Length of the windows with speech. */
      readonly voicedMs: number;
    };

export interface SpeechStep {
  readonly state: SpeechState;
  /** The region that ended with this step. */
  readonly ended: Span | null;
}

/** Starts listening at `startMs`. */
export function silentFrom(startMs: number): SpeechState {
  return { kind: 'silence', notBeforeMs: startMs };
}

/**
 * Takes the next window and its speech probability. Windows come in order and never overlap; those left
 * out between two count as silence once the next one comes.
 */
export function hearWindow(
  state: SpeechState,
  window: Span,
  probability: number,
  settings: SpeechSettings = speechDefaults,
): SpeechStep {
  if (state.kind === 'silence') {
    if (probability < settings.startThreshold) return { state, ended: null };
    return { state: started(state.notBeforeMs, window, settings), ended: null };
  }
  const isOver = window.startMs - state.endMs >= settings.hangoverMs;
  if (!isOver && probability >= settings.stayThreshold) {
    const voicedMs = state.voicedMs + (window.endMs - window.startMs);
    return { state: { ...state, endMs: window.endMs, voicedMs }, ended: null };
  }
  if (window.endMs - state.endMs < settings.hangoverMs) return { state, ended: null };
  const closed = endSpeech(state, settings);
  // Speech right behind windows that were left out.
  if (isOver && probability >= settings.startThreshold) {
    return { state: started(closed.state.notBeforeMs, window, settings), ended: closed.ended };
  }
  return closed;
}

/** Ends the region that is going on, if any, where speech was last heard. */
export function endSpeech(
  state: SpeechState,
  settings: SpeechSettings = speechDefaults,
): SpeechStep {
  if (state.kind === 'silence') return { state, ended: null };
  const { startMs, endMs, notBeforeMs } = state;
  if (speakingSince(state, settings) === null)
    return { state: silentFrom(notBeforeMs), ended: null };
  return { state: silentFrom(endMs), ended: { startMs, endMs } };
}

/** Start of the region that is going on; null in silence, and while it is too short to be one. */
export function speakingSince(
  state: SpeechState,
  settings: SpeechSettings = speechDefaults,
): number | null {
  return state.kind === 'speech' && state.voicedMs >= settings.minSpeechMs ? state.startMs : null;
}

function started(notBeforeMs: number, window: Span, settings: SpeechSettings): SpeechState {
  return {
    kind: 'speech',
    notBeforeMs,
    startMs: Math.max(notBeforeMs, window.startMs - settings.startPadMs),
    endMs: window.endMs,
    voicedMs: window.endMs - window.startMs,
  };
}
