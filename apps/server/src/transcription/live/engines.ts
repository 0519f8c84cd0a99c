import type { ProviderError } from '../../base/index.ts';
import type { TranscriberPool } from '../pool.ts';
import type { LiveTranscriber, Transcriber } from '../ports.ts';

/** An engine with one of its sessions, for the one who asked. */
export interface LiveEngineLease {
  /** As stored with each piece. */
  readonly name: string;
  readonly live: LiveTranscriber;
  /** It has heard words, or silence to the end. */
  reportSuccess(): void;
  reportFailure(error: ProviderError): void;
  /** Gives the session back; idempotent. Without a report before it, the engine is taken to have been given up. */
  release(): void;
}

/** The engines that hear live, shared by all captures of this server. */
export interface LiveEngines {
  /**
   * The most preferred engine that works, has a session to spare and is not named in `without`; null when there is
   * none. The session is taken until the lease is released.
   */
  lease(without: ReadonlySet<string>): LiveEngineLease | null;
}

/**
 * Leases of the live engines of a pool, never more of an engine than it serves at once. When an engine goes away, what
 * other sessions had heard before may still come in between their failures: it is no sign that it is back.
 */
export function createLiveEngines(
  pool: Pick<TranscriberPool, 'choose' | 'reportFailure' | 'reportSuccess' | 'reportAbandoned'>,
): LiveEngines {
  const taken = new Map<Transcriber, number>();
  const failures = new Map<Transcriber, number>();
  const failuresOf = (engine: Transcriber): number => failures.get(engine) ?? 0;

  function take(engine: Transcriber, live: LiveTranscriber): LiveEngineLease {
    taken.set(engine, (taken.get(engine) ?? 0) + 1);
    const failuresBefore = failuresOf(engine);
    let isReported = false;
    let isReleased = false;
    return {
      name: engine.name,
      live,
      reportSuccess() {
        isReported = true;
        if (failuresOf(engine) === failuresBefore) pool.reportSuccess(engine);
      },
      reportFailure(error) {
        isReported = true;
        failures.set(engine, failuresOf(engine) + 1);
        pool.reportFailure(engine, error);
      },
      release() {
        if (isReleased) return;
        isReleased = true;
        taken.set(engine, (taken.get(engine) ?? 1) - 1);
        if (!isReported) pool.reportAbandoned(engine);
      },
    };
  }

  return {
    lease(without) {
      const passedOver = new Set<Transcriber>();
      for (;;) {
        const engine = pool.choose(passedOver);
        if (!engine) return null;
        const { live } = engine;
        const isFree = live !== null && (taken.get(engine) ?? 0) < live.concurrency;
        if (isFree && !without.has(engine.name)) return take(engine, live);
        pool.reportAbandoned(engine);
        passedOver.add(engine);
      }
    },
  };
}
