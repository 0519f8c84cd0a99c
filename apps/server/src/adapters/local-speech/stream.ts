import {
  endSpeech,
  hearWindow,
  levelDb,
  meanSquare,
  silentFrom,
  speakingSince,
  speechFormat,
  type Span,
} from '../../audio/index.ts';
import type { Report, StreamKey } from './parcel.ts';
import { blankMemory, windowSamples, type SileroMemory } from './silero.ts';
import type { WebRtcVad } from './webrtc-vad.ts';

/** A window to be judged: whether it is speech. */
export interface Window extends Span {
  readonly samples: Int16Array;
  /** What the gate thought of it, 0..1. */
  readonly voicedShare: number;
}

/**
 * One stream in the worker: cuts its sound into windows, keeps those from being judged that are plainly not
 * speech, and turns judgements into regions.
 *
 * Windows are judged in order, one at a time: `next`, `judged`, `next`, … until there is none.
 */
export interface Stream {
  /** What the model remembers of the stream, for the window that `next` gave. */
  memory(): SileroMemory;
  /** Adds sound. With `isLast` what is left of a window is padded with silence and heard too. */
  take(samples: Int16Array, isLast: boolean): void;
  next(): Window | null;
  judged(window: Window, probability: number): void;
  /** Ends an open region and forgets what led up to now. Call when `next` gives no more. */
  end(): void;
  /** What is new, or null while that is little and nothing has begun or ended. */
  report(isDue: boolean): Report | null;
  free(): void;
}

const samplesPerMs = speechFormat.sampleRateHz / 1000;
const windowMs = windowSamples / samplesPerMs;

/** Quieter than this is no speech whatever it looks like: a few units of the last bits. */
const silenceFloorDb = -65;
/**
 * Windows from before the gate opened that are judged after all, 320 ms: the model needs a run-up, and the
 * gate notices soft onsets late.
 */
const leadInWindows = 10;
/** The gate stays open this long after it last heard something, 1 s: between words the model keeps its state. */
const gateHangoverWindows = 31;
/** Level meters and lifecycles need no more than ten reports a second. */
const reportEveryMs = 100;

export function createStream(key: StreamKey, startMs: number, vad: WebRtcVad): Stream {
  let takenMs = startMs;
  let cutMs = startMs;
  let unheard = new Int16Array(0);

  let isOpen = false;
  let quietWindows = 0;
  let leadIn: Window[] = [];
  /** Windows that passed the gate. */
  let passed: Window[] = [];

  let memory = blankMemory();
  let speech = silentFrom(startMs);
  let analyzedMs = startMs;

  let ended: Span[] = [];
  let reportedMs = startMs;
  let reportedSince: number | null = null;
  let power = { sum: 0, windows: 0 };

  /** Cuts the next window off what was taken; its end is never beyond the sound. */
  const cut = (): Window => {
    const samples = unheard.subarray(0, windowSamples);
    unheard = unheard.subarray(windowSamples);
    const window = { startMs: cutMs, endMs: Math.min(cutMs + windowMs, takenMs), samples };
    cutMs = window.endMs;
    const square = meanSquare(samples);
    power = { sum: power.sum + square, windows: power.windows + 1 };
    const isAudible = levelDb(square) > silenceFloorDb;
    return { ...window, voicedShare: isAudible ? vad.voicedShare(samples) : 0 };
  };

  const gate = (window: Window): void => {
    quietWindows = window.voicedShare > 0 ? 0 : quietWindows + 1;
    if (isOpen && quietWindows > gateHangoverWindows && speech.kind === 'silence') isOpen = false;
    if (!isOpen && window.voicedShare > 0) {
      isOpen = true;
      memory = blankMemory();
      passed = leadIn;
      leadIn = [];
    }
    if (isOpen) {
      passed.push(window);
    } else {
      // A copy, so that a second of sound is not kept for one window of it.
      leadIn.push({ ...window, samples: window.samples.slice() });
      if (leadIn.length > leadInWindows) leadIn.shift();
      analyzedMs = window.endMs;
    }
  };

  return {
    memory: () => memory,

    take(samples, isLast) {
      const length = unheard.length + samples.length;
      const padded = isLast ? Math.ceil(length / windowSamples) * windowSamples : length;
      const joined = new Int16Array(padded);
      joined.set(unheard);
      joined.set(samples, unheard.length);
      unheard = joined;
      takenMs += samples.length / samplesPerMs;
    },

    next() {
      while (passed.length === 0 && unheard.length >= windowSamples) gate(cut());
      return passed.shift() ?? null;
    },

    judged(window, probability) {
      const step = hearWindow(speech, window, probability);
      speech = step.state;
      if (step.ended) ended.push(step.ended);
      analyzedMs = Math.max(analyzedMs, window.endMs);
    },

    end() {
      const step = endSpeech(speech);
      if (step.ended) ended.push(step.ended);
      speech = silentFrom(Math.max(analyzedMs, step.ended?.endMs ?? 0));
      isOpen = false;
      quietWindows = 0;
      leadIn = [];
      vad.reset();
    },

    report(isDue) {
      const speakingSinceMs = speakingSince(speech);
      const isNews = ended.length > 0 || speakingSinceMs !== reportedSince;
      if (!isDue && !isNews && analyzedMs - reportedMs < reportEveryMs) return null;
      const report = {
        key,
        analyzedMs,
        ended,
        speakingSinceMs,
        levelDb: levelDb(power.windows === 0 ? 0 : power.sum / power.windows),
      };
      ended = [];
      reportedMs = analyzedMs;
      reportedSince = speakingSinceMs;
      power = { sum: 0, windows: 0 };
      return report;
    },

    free: () => vad.free(),
  };
}
