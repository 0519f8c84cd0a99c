import { unreachable, type Clock, type ProviderFailure } from '../base/index.ts';

/** When a breaker opens, and for how long. */
export interface BreakerSettings {
  /** Failures in a row that open it. Refused credentials and payment open it at once. */
  readonly failureThreshold: number;
  /** How long it stays open the first time, doubled each time that a trial fails, ms. */
  readonly openMs: { readonly first: number; readonly longest: number };
  /** The same for refused credentials and payment, which do not mend by themselves. */
  readonly refusedOpenMs: number;
}

/**
 * Whether a service is worth asking: `closed → open → half-open → closed`. Times are monotonic ms.
 *
 * - `closed`: it is asked.
 * - `open`: it is left alone until `untilMs`.
 * - `half-open`: one request of real work at a time goes through; what comes of it closes or opens the breaker.
 */
export type BreakerState =
  | { readonly kind: 'closed'; readonly failures: number }
  | {
      readonly kind: 'open';
      readonly untilMs: number;
      /** How often it opened since it was last closed. */
      readonly times: number;
    }
  | { readonly kind: 'half-open'; readonly times: number; readonly isTrying: boolean };

export type BreakerEvent =
  | { readonly type: 'time-passed' }
  /** It was gone, and answers again when it is asked whether it works. */
  | { readonly type: 'reappeared' }
  /** A request goes out. */
  | { readonly type: 'asked' }
  /** It did its work. */
  | { readonly type: 'succeeded' }
  | { readonly type: 'failed'; readonly failure: ProviderFailure }
  /** The request was given up by whoever made it. */
  | { readonly type: 'abandoned' };

const closed: BreakerState = { kind: 'closed', failures: 0 };

/** Moves the machine. An event that does not apply to the state changes nothing. */
export function reduceBreaker(
  state: BreakerState,
  event: BreakerEvent,
  nowMs: number,
  settings: BreakerSettings,
): BreakerState {
  switch (event.type) {
    case 'time-passed':
      return state.kind === 'open' && nowMs >= state.untilMs
        ? { kind: 'half-open', times: state.times, isTrying: false }
        : state;
    case 'reappeared':
      return state.kind === 'open'
        ? { kind: 'half-open', times: state.times, isTrying: false }
        : state;
    case 'asked':
      return state.kind === 'half-open' ? { ...state, isTrying: true } : state;
    case 'abandoned':
      return state.kind === 'half-open' ? { ...state, isTrying: false } : state;
    case 'succeeded':
      return isClosedAndWell(state) ? state : closed;
    case 'failed':
      // It understood what was asked, and answered: what is wrong is not the service.
      if (event.failure === 'bad-request') return isClosedAndWell(state) ? state : closed;
      return failed(state, event.failure, nowMs, settings);
    default:
      return unreachable(event);
  }
}

function isClosedAndWell(state: BreakerState): boolean {
  return state.kind === 'closed' && state.failures === 0;
}

function failed(
  state: BreakerState,
  failure: Exclude<ProviderFailure, 'bad-request'>,
  nowMs: number,
  settings: BreakerSettings,
): BreakerState {
  // Of a request that went out before it opened.
  if (state.kind === 'open') return state;
  const failures = state.kind === 'closed' ? state.failures + 1 : settings.failureThreshold;
  if (failure !== 'auth' && failures < settings.failureThreshold) {
    return { kind: 'closed', failures };
  }
  const times = (state.kind === 'closed' ? 0 : state.times) + 1;
  const openMs = Math.min(settings.openMs.longest, settings.openMs.first * 2 ** (times - 1));
  const waitMs = failure === 'auth' ? Math.max(openMs, settings.refusedOpenMs) : openMs;
  return { kind: 'open', untilMs: nowMs + waitMs, times };
}

/** A breaker with its clock. */
export interface Breaker {
  /** As of now. */
  state(): BreakerState;
  /** Whether a request may go out now. */
  admits(): boolean;
  /** Tells what became of a request; `asked` before it goes out. */
  tell(event: Exclude<BreakerEvent, { readonly type: 'time-passed' }>): void;
  /** Forgets its timer. */
  dispose(): void;
}

/** `onChange` is told each time the kind of its state changes: also when the time of an open one is over. */
export function createBreaker(
  settings: BreakerSettings,
  clock: Clock,
  onChange: (state: BreakerState) => void,
): Breaker {
  let state: BreakerState = closed;
  let cancelTimer = (): void => undefined;

  function move(event: BreakerEvent): void {
    const before = state;
    state = reduceBreaker(state, event, clock.monotonic(), settings);
    if (state.kind === before.kind) return;
    cancelTimer();
    if (state.kind === 'open') {
      cancelTimer = clock.after(state.untilMs - clock.monotonic(), () =>
        move({ type: 'time-passed' }),
      );
    }
    onChange(state);
  }

  return {
    state() {
      move({ type: 'time-passed' });
      return state;
    },
    admits() {
      move({ type: 'time-passed' });
      return state.kind === 'closed' || (state.kind === 'half-open' && !state.isTrying);
    },
    tell: move,
    dispose: () => cancelTimer(),
  };
}
