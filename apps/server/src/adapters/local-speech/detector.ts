import { Worker } from 'node:worker_threads';
import {
  speechFormat,
  type DetectorInfo,
  type VoiceActivity,
  type VoiceActivityDetector,
} from '../../audio/index.ts';
import type { Clock, Log } from '../../base/index.ts';
import { startHearingThread } from './hearing-thread.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Parcel, Report, StreamKey, WorkerSettings } from './parcel.ts';

/** How often sound is handed to the worker: one window of Silero, so that streams share a batch. */
const parcelEveryMs = 32;
/** Sound of one stream in one parcel: one that catches up must not keep the others waiting. */
const maxPartSamples = speechFormat.sampleRateHz;
/** 30 s: what the port promises. */
const maxBacklogSamples = 30 * speechFormat.sampleRateHz;
const describeLimitMs = 10_000;

const silero: WorkerSettings = { modelFile: '@ricky0123/vad-web/dist/silero_vad_v6.onnx' };

interface Stream {
  readonly id: string;
  readonly key: StreamKey;
  readonly startMs: number;
  readonly listener: (activity: VoiceActivity) => void;
  readonly outbox: Outbox;
  /** Samples pushed and not heard yet. */
  backlog: number;
  /** Whether the worker knows it. */
  isAnnounced: boolean;
}

/**
 * Finds speech with Silero VAD behind WebRTC's detector, or with the latter alone where ONNX runtime does not
 * load, in one worker thread for all streams.
 *
 * The worker keeps no process alive, except while a `flush` or `describe` waits for it. When it dies another
 * is started; streams of the dead one take no sound (`push` returns false, `flush` rejects) until they are
 * opened again, so that a caller who goes on from the last `analyzedMs` loses nothing.
 */
export function localVoiceActivity(options: {
  readonly clock: Clock;
  readonly log: Log;
}): VoiceActivityDetector {
  return detectorOver(() => spawnVadWorker(silero), options);
}

/** A worker that runs `vad-worker.ts`. */
export function spawnVadWorker(settings: WorkerSettings): Worker {
  return new Worker(new URL('./vad-worker.ts', import.meta.url), {
    name: 'voice-activity',
    workerData: settings,
    // Flags of the process, such as a debugger's or a test runner's, are not for it.
    execArgv: [],
  });
}

/** The detector over workers made by `spawn`. */
export function detectorOver(
  spawn: () => Worker,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): VoiceActivityDetector {
  const streams = new Map<string, Stream>();
  const byKey = new Map<StreamKey, Stream>();
  const waiting = new Set<Stream>();
  const askers = new Set<() => void>();
  let closed: StreamKey[] = [];
  let nextKey = 0;
  let cancelParcel: (() => void) | null = null;

  const thread = startHearingThread({
    spawn,
    clock,
    log,
    onReady: () => {
      for (const answer of askers) answer();
      askers.clear();
      scheduleParcel(0);
    },
    onLost: () => {
      for (const stream of [...streams.values()]) forget(stream);
      closed = [];
    },
  });

  const scheduleParcel = (delayMs: number): void => {
    if (delayMs === 0) {
      cancelParcel?.();
      cancelParcel = null;
      sendParcel();
      return;
    }
    cancelParcel ??= clock.after(delayMs, () => {
      cancelParcel = null;
      sendParcel();
    });
  };

  const sendParcel = (): void => {
    if (!thread.isFree() || (waiting.size === 0 && closed.length === 0)) return;
    const opened = [...waiting].filter((stream) => !stream.isAnnounced);
    for (const stream of opened) stream.isAnnounced = true;
    const parts = [...waiting].map((stream) => ({
      stream,
      ...stream.outbox.take(maxPartSamples),
    }));
    for (const { stream } of parts) if (stream.outbox.isEmpty()) waiting.delete(stream);

    const parcel: Parcel = {
      closed,
      opened: opened.map(({ key, startMs }) => ({ key, startMs })),
      parts: parts.map(({ stream, sampleCount, flushed }) => ({
        key: stream.key,
        sampleCount,
        isFlush: flushed.length > 0,
      })),
      samples: joined(parts.flatMap(({ chunks }) => chunks)),
    };
    closed = [];
    thread.hear(parcel).then(
      (reports) => {
        for (const { stream, sampleCount } of parts) stream.backlog -= sampleCount;
        for (const report of reports) deliver(report);
        for (const { flushed } of parts) for (const flush of flushed) flush.done();
        const isBehind = [...waiting].some((stream) => stream.backlog >= maxPartSamples);
        if (waiting.size > 0 || closed.length > 0) scheduleParcel(isBehind ? 0 : parcelEveryMs);
      },
      (error: unknown) => {
        for (const { flushed } of parts) for (const flush of flushed) flush.failed(error);
      },
    );
  };

  const deliver = ({ key, ...activity }: Report): void => {
    const stream = byKey.get(key);
    if (!stream) return;
    try {
      stream.listener({ streamId: stream.id, ...activity });
    } catch (error) {
      log.error('listener of voice activity failed', error, { streamId: stream.id });
    }
  };

  /** Takes the stream out of everything on this side. */
  const forget = (stream: Stream): void => {
    streams.delete(stream.id);
    byKey.delete(stream.key);
    waiting.delete(stream);
    stream.outbox.abandon(new Error('the stream is no longer open'));
  };

  const close = (streamId: string): void => {
    const stream = streams.get(streamId);
    if (!stream) return;
    forget(stream);
    if (!stream.isAnnounced) return;
    closed.push(stream.key);
    scheduleParcel(parcelEveryMs);
  };

  return {
    open(streamId, startMs, listener) {
      close(streamId);
      const stream: Stream = {
        id: streamId,
        key: nextKey++,
        startMs,
        listener,
        outbox: createOutbox(),
        backlog: 0,
        isAnnounced: false,
      };
      streams.set(streamId, stream);
      byKey.set(stream.key, stream);
    },

    push(streamId, samples) {
      const stream = streams.get(streamId);
      if (!stream || !thread.isUp()) return false;
      const isTooMuch = stream.backlog + samples.length > maxBacklogSamples;
      if (stream.backlog > 0 && isTooMuch) return false;
      stream.backlog += samples.length;
      stream.outbox.add(samples);
      waiting.add(stream);
      scheduleParcel(parcelEveryMs);
      return true;
    },

    async flush(streamId) {
      const stream = streams.get(streamId);
      if (!stream) throw new Error('the stream is not open');
      const release = thread.hold();
      try {
        const flushed = stream.outbox.addFlush();
        waiting.add(stream);
        scheduleParcel(0);
        await flushed;
      } finally {
        release();
      }
    },

    close,

    async describe() {
      const known = thread.info();
      if (known) return known;
      const release = thread.hold();
      await new Promise<void>((resolve) => {
        askers.add(resolve);
        clock.after(describeLimitMs, resolve);
      });
      release();
      return thread.info() ?? notStarted;
    },

    async dispose() {
      for (const stream of [...streams.values()]) forget(stream);
      cancelParcel?.();
      await thread.dispose();
    },
  };
}

const notStarted: DetectorInfo = {
  engine: 'webrtc',
  note: 'Speech is not found now: the detector does not start. The log says why.',
};

function joined(chunks: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
