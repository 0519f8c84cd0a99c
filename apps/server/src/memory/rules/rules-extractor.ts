import { Worker } from 'node:worker_threads';
import { ProviderError, type Clock } from '../../base/index.ts';
import type { Candidate, Extraction, ExtractionInput, MemoryExtractor } from '../extractor.ts';

/** Raised whenever the same words could give other memories. */
const revision = 'rules-1';
/** Three hours of talk take about a second; what takes this long is stuck. */
const timeoutMs = 60_000;
const maxHeapMiB = 192;

export interface RulesExtractor extends MemoryExtractor {
  /** Ends the thread; a reading in hand fails. */
  close(): Promise<void>;
}

/**
 * The extractor without a model: patterns over the grammar of English sentences.
 *
 * It reads in a thread of its own: loading the grammar alone takes a third of a second of CPU, which would
 * stand in the way of sound either at boot or in the event loop, and a text that makes a reader hang can
 * be stopped from outside. The thread starts with the first conversation and stays. One conversation is
 * read at a time; callers wait their turn, so the line is never longer than the number of callers.
 */
export function rulesExtractor(clock: Clock): RulesExtractor {
  let reader: Reader | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  const stop = async () => {
    const stopping = reader;
    reader = null;
    await stopping?.worker.terminate();
  };

  const read = async (
    input: ExtractionInput,
    signal: AbortSignal,
  ): Promise<readonly Candidate[]> => {
    signal.throwIfAborted();
    if (!reader || reader.hasEnded()) reader = startReader();
    const timeout = new AbortController();
    const cancelTimer = clock.after(timeoutMs, () => timeout.abort());
    try {
      return await reader.read(input, AbortSignal.any([signal, timeout.signal]));
    } catch (error) {
      await stop();
      signal.throwIfAborted();
      const reason = timeout.signal.aborted ? 'took too long' : 'could not read the conversation';
      throw new ProviderError('rules', 'transient', reason, { cause: error });
    } finally {
      cancelTimer();
    }
  };

  return {
    name: 'rules',
    model: null,
    revision,
    async extract(input, signal): Promise<Extraction> {
      const mine = turn.then(() => read(input, signal));
      turn = mine.catch(() => undefined);
      const [first, ...rest] = await mine;
      return first
        ? { kind: 'memories', candidates: [first, ...rest] }
        : { kind: 'nothing-to-remember' };
    },
    close: stop,
  };
}

interface Reader {
  readonly worker: Worker;
  hasEnded(): boolean;
  /** One at a time. Rejects when the signal aborts or the thread ends. */
  read(input: ExtractionInput, signal: AbortSignal): Promise<readonly Candidate[]>;
}

function startReader(): Reader {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    name: 'memory-rules',
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB, maxYoungGenerationSizeMb: 8 },
  });
  let hasEnded = false;
  let pending: PromiseWithResolvers<readonly Candidate[]> | null = null;
  worker.on('message', (candidates: readonly Candidate[]) => pending?.resolve(candidates));
  worker.on('error', (error) => pending?.reject(error));
  worker.on('exit', () => {
    hasEnded = true;
    pending?.reject(new Error('the thread ended'));
  });
  // An idle thread keeps no process alive.
  worker.unref();

  return {
    worker,
    hasEnded: () => hasEnded,
    async read(input, signal) {
      const answer = Promise.withResolvers<readonly Candidate[]>();
      const abort = () => answer.reject(new Error('stopped'));
      signal.addEventListener('abort', abort, { once: true });
      pending = answer;
      worker.ref();
      worker.postMessage(input);
      try {
        return await answer.promise;
      } finally {
        pending = null;
        worker.unref();
        signal.removeEventListener('abort', abort);
      }
    },
  };
}
