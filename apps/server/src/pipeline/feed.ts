import {
  durationMs,
  speechFormat,
  type Span,
  type VoiceActivity,
  type VoiceActivityDetector,
} from '../audio/index.ts';
import type { Clock, Log } from '../base/index.ts';

export interface FeedTools {
  readonly detector: VoiceActivityDetector;
  /** Recorded sound [startMs, endMs), 16 kHz mono, time nobody recorded as silence. */
  readonly read: (startMs: number, endMs: number) => AsyncIterable<Int16Array>;
  readonly onActivity: (activity: VoiceActivity) => void;
  /** Awaited between the last report from before a gap and the first from behind it. */
  readonly onGap: (gap: Span) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Gives a detector all the sound of one capture, in order, whatever happens to either.
 *
 * Live sound is pushed as it comes. Whenever the feed is behind what is recorded (after a restart, or when
 * the detector refused sound because it was overloaded or died) it reads the difference from disk.
 */
export interface Feed {
  /** Capture time up to which sound is on disk. */
  recordedMs(): number;
  /** Capture time up to which the detector has reported. */
  analyzedMs(): number;
  /** Sound that has just been recorded. */
  add(startMs: number, samples: Int16Array): void;
  /** Sound was recorded up to here that was not added: it is read from disk. */
  fallBehind(recordedMs: number): void;
  /** Nobody recorded this stretch; sound goes on behind it. */
  skip(gap: Span): void;
  /** Resolves when everything recorded by now was reported, or the detector failed too often. */
  drain(): Promise<void>;
  dispose(): Promise<void>;
}

const samplesPerMs = speechFormat.sampleRateHz / 1000;
/** Sound asked of the disk at once; it comes in small chunks. */
const strideMs = 60_000;
const busyPauseMs = 100;
/** A detector that says nothing for this long, with sound waiting, is given up and opened again. */
const stalledMs = 10_000;
/** A detector opened in the middle of a word hears it late: so much is heard again. */
const overlapMs = 2000;
/** Less than the detector's window may stay unheard at an end. */
const toleranceMs = 100;
const maxDrains = 5;

/** Starts at `fromMs` of a capture recorded up to `recordedMs`. `streamId` is unique to the capture. */
export function startFeed(
  streamId: string,
  start: { readonly fromMs: number; readonly recordedMs: number },
  tools: FeedTools,
): Feed {
  const { detector, clock, log } = tools;
  const gaps: Span[] = [];
  let recordedMs = start.recordedMs;
  let fedMs = start.fromMs;
  let analyzedMs = start.fromMs;
  let isDisposed = false;
  let catchingUp: Promise<void> | null = null;

  const listenFrom = (ms: number): void => {
    fedMs = Math.max(0, ms);
    detector.open(streamId, fedMs, (activity) => {
      analyzedMs = Math.max(analyzedMs, activity.analyzedMs);
      tools.onActivity(activity);
    });
  };

  const isBehind = (): boolean => !isDisposed && (fedMs < recordedMs || gaps.length > 0);

  const catchUp = (): Promise<void> => {
    catchingUp ??= readOn()
      .catch((error: unknown) => {
        log.error('catching up failed', error, { captureId: streamId });
        return pause(stalledMs);
      })
      .then(() => {
        catchingUp = null;
        return isBehind() ? catchUp() : undefined;
      });
    return catchingUp;
  };

  const readOn = async (): Promise<void> => {
    while (isBehind()) {
      const gap = gaps[0];
      if (gap && fedMs >= gap.startMs) {
        await pass(gap);
        gaps.shift();
      } else {
        await readStride(Math.min(gap?.startMs ?? recordedMs, fedMs + strideMs));
      }
    }
  };

  const readStride = async (endMs: number): Promise<void> => {
    let isEmpty = true;
    for await (const samples of tools.read(fedMs, endMs)) {
      isEmpty = false;
      if (!(await pushWhenReady(samples))) return;
      fedMs += samples.length / samplesPerMs;
    }
    if (isEmpty) {
      log.warn('recorded sound cannot be read', { captureId: streamId });
      fedMs = endMs;
    }
  };

  /** False when the detector made no progress for long: it starts anew then, from what it last reported. */
  const pushWhenReady = async (samples: Int16Array): Promise<boolean> => {
    let heardMs = analyzedMs;
    let progressAt = clock.monotonic();
    while (!isDisposed && !detector.push(streamId, samples)) {
      await pause(busyPauseMs);
      if (analyzedMs > heardMs) {
        heardMs = analyzedMs;
        progressAt = clock.monotonic();
      } else if (clock.monotonic() - progressAt > stalledMs) {
        log.warn('the speech detector stalled', { captureId: streamId });
        listenFrom(analyzedMs - overlapMs);
        return false;
      }
    }
    return !isDisposed;
  };

  /** Hears out what came before the gap, then goes on behind it. */
  const pass = async (gap: Span): Promise<void> => {
    await flushed();
    await tools.onGap(gap);
    recordedMs = Math.max(recordedMs, gap.endMs);
    analyzedMs = Math.max(analyzedMs, gap.endMs);
    listenFrom(gap.endMs);
  };

  const flushed = (): Promise<boolean> =>
    detector.flush(streamId).then(
      () => true,
      () => false,
    );

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.after(ms, resolve));

  listenFrom(start.fromMs);
  if (isBehind()) void catchUp();

  return {
    recordedMs: () => recordedMs,
    analyzedMs: () => analyzedMs,

    add(startMs, samples) {
      const isNext = !catchingUp && Math.abs(startMs - fedMs) < 1 / samplesPerMs;
      const endMs = startMs + durationMs(speechFormat, samples.byteLength);
      recordedMs = Math.max(recordedMs, endMs);
      if (isNext && detector.push(streamId, samples)) fedMs = endMs;
      else void catchUp();
    },

    fallBehind(ms) {
      recordedMs = Math.max(recordedMs, ms);
      if (isBehind()) void catchUp();
    },

    skip(gap) {
      gaps.push(gap);
      void catchUp();
    },

    async drain() {
      for (let attempt = 0; attempt < maxDrains && !isDisposed; attempt++) {
        if (isBehind()) await catchUp();
        if ((await flushed()) && recordedMs - analyzedMs < toleranceMs) return;
        await pause(busyPauseMs);
        listenFrom(analyzedMs - overlapMs);
      }
      if (!isDisposed) log.warn('some sound was not listened to', { captureId: streamId });
    },

    async dispose() {
      isDisposed = true;
      detector.close(streamId);
      await catchingUp;
    },
  };
}
