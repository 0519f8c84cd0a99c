import { Worker } from 'node:worker_threads';
import type { Clock, Log } from '../../base/index.ts';
import type { AppendFailures, AppendParcel } from './append-parcel.ts';
import { byteLengthOf, writeFully } from './file-io.ts';

/** Writes all of the chunks at `position` of an open file, or rejects. */
export type Append = (fd: number, chunks: readonly Uint8Array[], position: number) => Promise<void>;

export interface AppendThread {
  readonly append: Append;
  /** Ends the thread. What is appended from then on is written without it. */
  dispose(): Promise<void>;
}

interface Request {
  readonly fd: number;
  readonly chunks: readonly Uint8Array[];
  readonly position: number;
  readonly answer: PromiseWithResolvers<undefined>;
}

const restartMs = 1000;

/**
 * One thread that makes the small writes of all streams, one after another. Thousands a second cost a third of what they
 * do one by one through the threads that Node has for files, where each wakes another thread; and they wait for no
 * sync. What is asked for while it writes goes there together. When the thread dies its work is done again in the
 * ordinary way, which changes nothing where it was done, until another has started.
 */
export function startAppendThread({
  clock,
  log,
  spawn = spawnWorker,
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly spawn?: () => Worker;
}): AppendThread {
  let worker: Worker | null = null;
  let waiting: Request[] = [];
  let sent: readonly Request[] = [];
  let isGathering = false;
  let isDisposed = false;
  let cancelRestart = (): void => undefined;

  function start(): void {
    const started = spawn();
    started.unref();
    started.on('message', onAnswer);
    started.on('error', (error) => log.error('the thread that appends failed', error));
    started.once('exit', onExit);
    worker = started;
  }

  function onAnswer(failures: AppendFailures): void {
    const answered = sent;
    sent = [];
    const failed = new Map(failures.map((failure) => [failure.index, failure]));
    answered.forEach(({ answer }, index) => {
      const failure = failed.get(index);
      if (failure) answer.reject(Object.assign(new Error(failure.message), { code: failure.code }));
      else answer.resolve(undefined);
    });
    if (waiting.length > 0) send();
    else worker?.unref();
  }

  function onExit(): void {
    worker = null;
    const unanswered = [...sent, ...waiting];
    sent = [];
    waiting = [];
    for (const { fd, chunks, position, answer } of unanswered) {
      writeFully(fd, chunks, position).then(() => answer.resolve(undefined), answer.reject);
    }
    if (!isDisposed) cancelRestart = clock.after(restartMs, start);
  }

  /** Lets those come along that are asked for in the same turn. */
  function gather(): void {
    if (isGathering || sent.length > 0) return;
    isGathering = true;
    setImmediate(() => {
      isGathering = false;
      if (sent.length === 0 && waiting.length > 0) send();
    });
  }

  function send(): void {
    if (!worker) return;
    sent = waiting;
    waiting = [];
    const parcel = parcelOf(sent);
    // Whoever waits for the disk keeps the process alive.
    worker.ref();
    worker.postMessage(parcel, [
      parcel.fds.buffer,
      parcel.positions.buffer,
      parcel.lengths.buffer,
      parcel.bytes.buffer,
    ] as ArrayBuffer[]);
  }

  start();
  return {
    append(fd, chunks, position) {
      if (!worker) return writeFully(fd, chunks, position);
      const answer = Promise.withResolvers<undefined>();
      waiting.push({ fd, chunks, position, answer });
      gather();
      return answer.promise;
    },
    async dispose() {
      isDisposed = true;
      cancelRestart();
      await worker?.terminate();
    },
  };
}

function spawnWorker(): Worker {
  // Flags of the process, such as a debugger's or a test runner's, are not for it.
  return new Worker(new URL('./append-worker.ts', import.meta.url), {
    name: 'append',
    execArgv: [],
  });
}

function parcelOf(requests: readonly Request[]): AppendParcel {
  const lengths = Uint32Array.from(requests, ({ chunks }) => byteLengthOf(chunks));
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const { chunks } of requests) {
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
  }
  return {
    fds: Int32Array.from(requests, ({ fd }) => fd),
    positions: Float64Array.from(requests, ({ position }) => position),
    lengths,
    bytes,
  };
}
