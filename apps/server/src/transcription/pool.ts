import type { Clock, Log, ProviderError } from '../base/index.ts';
import type { Availability, Transcriber } from './ports.ts';

/** How often engines are asked whether they work, ms: sooner while there is none to work with. */
const probeIntervalMs = { whileNoneAvailable: 15_000, otherwise: 60_000 };

/** How long an engine that failed is left alone, ms: doubled with each failure in a row. */
const restMs = { first: 15_000, longest: 10 * 60_000 };

/** The port promises an answer within 5 s; an engine that breaks its promise must not hold up the others. */
const probeLimitMs = 10_000;

export type EngineStatus = Availability & { readonly name: string };

/** The recognisers of this server, in order of preference, and which of them work now. */
export interface TranscriberPool {
  /** The most preferred engine that works and is not among `tried`; null when there is none. */
  choose(tried?: ReadonlySet<Transcriber>): Transcriber | null;
  /**
   * Takes an engine that failed out of the choice until it answers a probe again: 15 s later at the
   * earliest, and twice as late with each failure since it last heard something, up to 10 minutes. An
   * engine may answer probes and still fail at its work.
   */
  reportFailure(transcriber: Transcriber, error: ProviderError): void;
  /** It has done its work: its failures are forgotten. */
  reportSuccess(transcriber: Transcriber): void;
  /** Calls `listener` each time an engine becomes available. Returns a function that ends this. */
  onAvailable(listener: () => void): () => void;
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
  readonly clock: Clock;
  readonly log: Log;
}): TranscriberPool {
  const { transcribers, clock, log } = options;
  const known = new Map<Transcriber, Availability>();
  const resting = new Map<Transcriber, { readonly failures: number; readonly untilMs: number }>();
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  let cancelNextRound = (): void => undefined;
  let round: Promise<void> | null = null;

  const isAvailable = (transcriber: Transcriber): boolean =>
    known.get(transcriber)?.available === true;

  const learn = (transcriber: Transcriber, now: Availability): void => {
    const before = isAvailable(transcriber);
    known.set(transcriber, now);
    if (before === now.available) return;
    if (!now.available) {
      log.warn('transcriber unavailable', { transcriber: transcriber.name, reason: now.reason });
      return;
    }
    log.info('transcriber available', { transcriber: transcriber.name, model: now.model });
    for (const listener of listeners) listener();
  };

  const runRound = async (): Promise<void> => {
    await Promise.all(
      transcribers.map(async (transcriber) => {
        if (clock.monotonic() < (resting.get(transcriber)?.untilMs ?? 0)) return;
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
    const delayMs = transcribers.some(isAvailable)
      ? probeIntervalMs.otherwise
      : probeIntervalMs.whileNoneAvailable;
    cancelNextRound = clock.after(delayMs, () => void startRound());
  };

  return {
    choose: (tried) => transcribers.find((each) => isAvailable(each) && !tried?.has(each)) ?? null,

    reportSuccess: (transcriber) => void resting.delete(transcriber),

    reportFailure(transcriber, error) {
      const failures = (resting.get(transcriber)?.failures ?? 0) + 1;
      const pauseMs = Math.min(restMs.longest, restMs.first * 2 ** (failures - 1));
      resting.set(transcriber, { failures, untilMs: clock.monotonic() + pauseMs });
      learn(transcriber, { available: false, reason: error.message });
      // The last one gone shortens the wait. A round under way schedules the next by itself.
      if (!round && !stopping.signal.aborted && !transcribers.some(isAvailable)) scheduleRound();
    },

    onAvailable(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    describe: () =>
      transcribers.map((transcriber) => ({
        name: transcriber.name,
        ...(known.get(transcriber) ?? { available: false, reason: 'not asked yet' }),
      })),

    start: startRound,

    async stop() {
      stopping.abort();
      cancelNextRound();
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
