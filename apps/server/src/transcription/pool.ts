import type { Clock, Log, ProviderError } from '../base/index.ts';
import {
  createBreaker,
  type Breaker,
  type BreakerSettings,
  type BreakerState,
} from '../health/index.ts';
import type { Availability, Transcriber } from './ports.ts';

/** How often engines are asked whether they work, ms: sooner while there is none to work with. */
const probeIntervalMs = { whileNoneAvailable: 15_000, otherwise: 60_000 };

/** The port promises an answer within 5 s; an engine that breaks its promise must not hold up the others. */
const probeLimitMs = 10_000;

export type EngineStatus = Availability & {
  readonly name: string;
  readonly isLive: boolean;
  readonly tellsSpeakersApart: boolean;
  /** Whether it is worth asking, as its work has shown. */
  readonly breaker: BreakerState['kind'];
};

/** Whom to ask, and what became of it. */
export interface ChoosingPool {
  /**
   * The most preferred engine that works and is not among `tried`; null when there is none. What becomes of its work is
   * to be reported: of one whose breaker is half open, nothing else is asked until then.
   */
  choose(tried?: ReadonlySet<Transcriber>): Transcriber | null;
  reportFailure(transcriber: Transcriber, error: ProviderError): void;
  /** It has done its work. */
  reportSuccess(transcriber: Transcriber): void;
  /** Its work was given up, by nobody's fault. */
  reportAbandoned(transcriber: Transcriber): void;
}

/**
 * The recognisers of this server, in order of preference, and which of them work now: those that answer when they are
 * asked whether they would, and whose breaker lets a request through. An engine may answer and still fail at its work.
 */
export interface TranscriberPool extends ChoosingPool {
  /** The same with this engine alone; with an unknown name, of none. */
  only(name: string): ChoosingPool;
  /** Closes the breaker of the engine with this name and asks it at once; false when there is none. */
  reset(name: string): boolean;
  /** Calls `listener` each time an engine becomes worth asking. Returns a function that ends this. */
  onAvailable(listener: () => void): () => void;
  /** Whether the most preferred engine that works tells speakers apart. */
  tellsSpeakersApart(): boolean;
  /** Every engine in order of preference. */
  describe(): readonly EngineStatus[];
  /** Begins to ask the engines, at once and then from time to time. Resolves when each was asked once. */
  start(): Promise<void>;
  /** Ends the asking, a running round included; resolves when none runs any more. */
  stop(): Promise<void>;
}

/** A pool over `transcribers`, the most preferred first. Until it was asked, an engine is not available. */
export function createTranscriberPool(options: {
  readonly transcribers: readonly Transcriber[];
  readonly breaker: BreakerSettings;
  readonly clock: Clock;
  readonly log: Log;
}): TranscriberPool {
  const { transcribers, clock, log } = options;
  const known = new Map<Transcriber, Availability>();
  const breakers = new Map(transcribers.map((each) => [each, breakerOf(each)]));
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  let cancelNextRound = (): void => undefined;
  let round: Promise<void> | null = null;

  function breakerOf(transcriber: Transcriber): Breaker {
    return createBreaker(options.breaker, clock, ({ kind }) => {
      if (kind === 'open') log.warn('transcriber left alone', { transcriber: transcriber.name });
      else log.info('transcriber asked again', { transcriber: transcriber.name, breaker: kind });
      if (kind === 'open') hasten();
      else if (known.get(transcriber)?.available) tellAvailable();
    });
  }

  const isUsable = (transcriber: Transcriber): boolean =>
    known.get(transcriber)?.available === true && breakers.get(transcriber)?.admits() === true;

  function tellAvailable(): void {
    if (!stopping.signal.aborted) for (const listener of listeners) listener();
  }

  function learn(transcriber: Transcriber, now: Availability): void {
    const wasAvailable = known.get(transcriber)?.available === true;
    known.set(transcriber, now);
    if (wasAvailable === now.available) return;
    if (!now.available) {
      log.warn('transcriber unavailable', { transcriber: transcriber.name, reason: now.reason });
      return;
    }
    log.info('transcriber available', { transcriber: transcriber.name, model: now.model });
    // What it did while it was away says nothing any more; a trial of real work does.
    const breaker = breakers.get(transcriber);
    if (breaker?.state().kind === 'open') breaker.tell({ type: 'reappeared' });
    else if (breaker?.admits()) tellAvailable();
  }

  const runRound = async (): Promise<void> => {
    await Promise.all(
      transcribers.map(async (transcriber) => {
        const availability = await probe(transcriber, clock, stopping.signal);
        if (!stopping.signal.aborted) learn(transcriber, availability);
      }),
    );
    round = null;
    if (!stopping.signal.aborted) scheduleRound();
  };

  const startRound = async (): Promise<void> => {
    if (!stopping.signal.aborted) await (round ??= runRound());
  };

  const scheduleRound = (): void => {
    cancelNextRound();
    const delayMs = transcribers.some(isUsable)
      ? probeIntervalMs.otherwise
      : probeIntervalMs.whileNoneAvailable;
    cancelNextRound = clock.after(delayMs, () => void startRound());
  };

  /** The last one gone shortens the wait. A round under way schedules the next by itself. */
  const hasten = (): void => {
    if (!round && !stopping.signal.aborted && !transcribers.some(isUsable)) scheduleRound();
  };

  const among = (candidates: readonly Transcriber[]): ChoosingPool => ({
    choose(tried) {
      const chosen = candidates.find((each) => isUsable(each) && !tried?.has(each)) ?? null;
      if (chosen) breakers.get(chosen)?.tell({ type: 'asked' });
      return chosen;
    },

    reportSuccess: (transcriber) => breakers.get(transcriber)?.tell({ type: 'succeeded' }),
    reportAbandoned: (transcriber) => breakers.get(transcriber)?.tell({ type: 'abandoned' }),

    reportFailure(transcriber, { failure, message }) {
      log.warn('transcriber failed', { transcriber: transcriber.name, failure, reason: message });
      breakers.get(transcriber)?.tell({ type: 'failed', failure });
    },
  });

  return {
    ...among(transcribers),
    only: (name) => among(transcribers.filter((each) => each.name === name)),

    reset(name) {
      const transcriber = transcribers.find((each) => each.name === name);
      if (!transcriber) return false;
      breakers.get(transcriber)?.tell({ type: 'succeeded' });
      void startRound();
      return true;
    },

    onAvailable(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    tellsSpeakersApart: () => transcribers.find(isUsable)?.capabilities.diarization ?? false,

    describe: () =>
      transcribers.map((transcriber) => ({
        name: transcriber.name,
        isLive: transcriber.live !== null,
        tellsSpeakersApart: transcriber.capabilities.diarization,
        ...(known.get(transcriber) ?? { available: false, reason: 'not asked yet' }),
        breaker: breakers.get(transcriber)?.state().kind ?? 'closed',
      })),

    start: startRound,

    async stop() {
      stopping.abort();
      cancelNextRound();
      for (const breaker of breakers.values()) breaker.dispose();
      await round;
    },
  };
}

/** Asks one engine; an answer that does not come, or an error, is a "no". */
async function probe(
  transcriber: Transcriber,
  clock: Clock,
  signal: AbortSignal,
): Promise<Availability> {
  const late = Promise.withResolvers<Availability>();
  const limit = new AbortController();
  const giveUp = (): void => {
    limit.abort();
    late.resolve({ available: false, reason: 'does not answer' });
  };
  const cancel = clock.after(probeLimitMs, giveUp);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([transcriber.probe(limit.signal), late.promise]);
  } catch {
    return { available: false, reason: 'failed while asked whether it works' };
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}
