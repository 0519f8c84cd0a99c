import type { Worker } from 'node:worker_threads';
import type { Clock, Log } from '../../base/index.ts';
import type { Decoded, Parcel } from './parcel.ts';

/** A parcel takes milliseconds; a worker silent for this long hangs. */
const decodeLimitMs = 30_000;
const restartMs = { first: 100, longest: 30_000 };

/** A worker thread, kept running: when it dies another is started, later and later while that does not help. */
export interface DecoderThread {
  /** Whether a parcel would be taken: not while one is being decoded, nor between two workers. */
  isFree(): boolean;
  isUp(): boolean;
  /** Hands the parcel over. Rejects when the worker dies first. */
  decode(parcel: Parcel): Promise<Decoded>;
  /** While somebody waits for sound, the thread keeps the process alive. */
  keepAlive(isAwaited: boolean): void;
  dispose(): Promise<void>;
}

export interface ThreadOptions {
  readonly spawn: () => Worker;
  readonly clock: Clock;
  readonly log: Log;
  /** The worker died, and with it all it knew of the streams. */
  readonly onLost: () => void;
}

interface Work {
  readonly answer: PromiseWithResolvers<Decoded>;
  readonly cancelLimit: () => void;
}

export function startDecoderThread({ spawn, clock, log, onLost }: ThreadOptions): DecoderThread {
  let worker: Worker | null = null;
  let work: Work | null = null;
  let restarts = 0;
  let isDisposed = false;
  let isAwaited = false;
  let cancelRestart = (): void => undefined;

  function takeWork(): Work | null {
    const current = work;
    work = null;
    current?.cancelLimit();
    return current;
  }

  function onExit(exitCode: number): void {
    worker = null;
    const lost = takeWork();
    if (!isDisposed) {
      const delayMs = Math.min(restartMs.longest, restartMs.first * 2 ** restarts);
      restarts += 1;
      log.warn('opus decoder ended', { exitCode, restartInMs: delayMs });
      cancelRestart = clock.after(delayMs, start);
    }
    lost?.answer.reject(new Error('the Opus decoder ended'));
    onLost();
  }

  function start(): void {
    worker = spawn();
    if (!isAwaited) worker.unref();
    worker.on('message', (decoded: Decoded) => {
      restarts = 0;
      takeWork()?.answer.resolve(decoded);
    });
    worker.on('error', (error) => log.error('opus decoder failed', error));
    worker.once('exit', onExit);
  }
  start();

  return {
    isFree: () => worker !== null && work === null,
    isUp: () => worker !== null,

    decode(parcel) {
      if (!worker || work)
        return Promise.reject(new Error('the decoder takes one parcel at a time'));
      const current = worker;
      const cancelLimit = clock.after(decodeLimitMs, () => {
        log.warn('opus decoder hangs', { limitMs: decodeLimitMs });
        void current.terminate();
      });
      work = { answer: Promise.withResolvers(), cancelLimit };
      current.postMessage(parcel, [parcel.packets.buffer as ArrayBuffer]);
      return work.answer.promise;
    },

    keepAlive(value) {
      isAwaited = value;
      if (isAwaited) worker?.ref();
      else worker?.unref();
    },

    async dispose() {
      isDisposed = true;
      cancelRestart();
      worker?.ref();
      await worker?.terminate();
    },
  };
}
