import type { Worker } from 'node:worker_threads';
import type { DetectorInfo } from '../../audio/index.ts';
import type { Clock, Log } from '../../base/index.ts';
import type { Parcel, Report, StopMessage, WorkerMessage } from './parcel.ts';

/** A parcel takes milliseconds; a worker silent for this long hangs. */
const hearLimitMs = 30_000;
/** To finish the parcel in hand, or to load: a worker asked to stop then ends by itself. */
const stopLimitMs = 5_000;
const restartMs = { first: 250, longest: 30_000 };

/** The worker thread, kept running: when it dies another is started, later and later while that does not help. */
export interface HearingThread {
  /** Whether a parcel would be taken: not while one is being heard, nor between two workers. */
  isFree(): boolean;
  isUp(): boolean;
  /** Hands the parcel's sound over. Rejects when the worker dies first. */
  hear(parcel: Parcel): Promise<readonly Report[]>;
  /** What the worker, or the one before it, said of itself; null until one has. */
  info(): DetectorInfo | null;
  /** While held, the thread keeps the process alive. Returns the release. */
  hold(): () => void;
  dispose(): Promise<void>;
}

export interface ThreadOptions {
  readonly spawn: () => Worker;
  readonly clock: Clock;
  readonly log: Log;
  /** A worker has loaded its engines. */
  readonly onReady: () => void;
  /** The worker died, and with it all it knew of the streams. */
  readonly onLost: () => void;
}

interface Hearing {
  readonly answer: PromiseWithResolvers<readonly Report[]>;
  readonly cancelLimit: () => void;
}

export function startHearingThread(options: ThreadOptions): HearingThread {
  const { spawn, clock, log, onReady, onLost } = options;
  let worker: Worker | null = null;
  let hearing: Hearing | null = null;
  let info: DetectorInfo | null = null;
  let holders = 0;
  let restarts = 0;
  let isDisposed = false;
  let cancelRestart = (): void => undefined;

  const settle = (): Hearing['answer'] | null => {
    hearing?.cancelLimit();
    const answer = hearing?.answer ?? null;
    hearing = null;
    return answer;
  };

  const onMessage = (message: WorkerMessage): void => {
    switch (message.kind) {
      case 'ready':
        info = message.info;
        onReady();
        return;
      case 'heard':
        restarts = 0;
        settle()?.resolve(message.reports);
        return;
    }
  };

  const onExit = (exitCode: number): void => {
    worker = null;
    const answer = settle();
    if (!isDisposed) {
      const delayMs = Math.min(restartMs.longest, restartMs.first * 2 ** restarts);
      restarts += 1;
      log.warn('voice activity worker ended', { exitCode, restartInMs: delayMs });
      cancelRestart = clock.after(delayMs, start);
      onLost();
    }
    answer?.reject(new Error('the voice activity worker ended'));
  };

  const start = (): void => {
    worker = spawn();
    if (holders === 0) worker.unref();
    worker.on('message', onMessage);
    worker.on('error', (error) => log.error('voice activity worker failed', error));
    worker.once('exit', onExit);
  };
  start();

  return {
    isFree: () => worker !== null && hearing === null,
    isUp: () => worker !== null,

    hear(parcel) {
      if (!worker || hearing)
        return Promise.reject(new Error('the worker takes one parcel at a time'));
      const current = worker;
      const cancelLimit = clock.after(hearLimitMs, () => {
        log.warn('voice activity worker hangs', { limitMs: hearLimitMs });
        void current.terminate();
      });
      hearing = { answer: Promise.withResolvers(), cancelLimit };
      current.postMessage(parcel, [parcel.samples.buffer as ArrayBuffer]);
      return hearing.answer.promise;
    },

    info: () => info,

    hold() {
      holders += 1;
      worker?.ref();
      return () => {
        holders -= 1;
        if (holders === 0) worker?.unref();
      };
    },

    async dispose() {
      isDisposed = true;
      cancelRestart();
      if (!worker) return;
      const current = worker;
      current.ref();
      const ended = new Promise((resolve) => current.once('exit', resolve));
      // ONNX runtime aborts the whole process when its thread is torn down in the middle of its work.
      current.postMessage('stop' satisfies StopMessage);
      const cancel = clock.after(stopLimitMs, () => void current.terminate());
      await ended;
      cancel();
    },
  };
}
