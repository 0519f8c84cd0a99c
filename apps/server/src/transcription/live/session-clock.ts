import type { Span } from '../../audio/index.ts';

/** Sound that was sent without a jump. */
interface Run {
  readonly sessionMs: number;
  readonly captureMs: number;
  lengthMs: number;
}

/** Starts are rounded differently on their way; less than this is no jump. */
const jumpMs = 5;

/**
 * Where the time of a session lies in capture time. A session's clock starts at 0 and counts the sound it was sent; the
 * sound may jump ahead in capture time.
 */
export class SessionClock {
  #runs: Run[] = [];
  #sentMs = 0;

  /** How much was sent: where the session's time ends. */
  get sentMs(): number {
    return this.#sentMs;
  }

  /** Sound of that length goes out now. */
  advance(captureMs: number, lengthMs: number): void {
    const last = this.#runs.at(-1);
    const isJump = !last || Math.abs(captureMs - last.captureMs - last.lengthMs) >= jumpMs;
    if (isJump) this.#runs.push({ sessionMs: this.#sentMs, captureMs, lengthMs });
    else last.lengthMs += lengthMs;
    this.#sentMs += lengthMs;
  }

  /** The stretches of capture time that [startMs, endMs) of the session stands for, in order. */
  spans({ startMs, endMs }: Span): Span[] {
    return this.#runs.flatMap((run) => {
      const from = Math.max(startMs, run.sessionMs);
      const to = Math.min(endMs, run.sessionMs + run.lengthMs);
      const byMs = run.captureMs - run.sessionMs;
      return from < to ? [{ startMs: from + byMs, endMs: to + byMs }] : [];
    });
  }

  /** Moves what was heard as one to the stretch that holds its middle, never beyond it. */
  place<Heard extends Span>(heard: Heard): Heard {
    const middleMs = (heard.startMs + heard.endMs) / 2;
    const run = this.#runs.findLast((each) => each.sessionMs <= middleMs) ?? this.#runs[0];
    if (!run) return heard;
    const toCapture = (ms: number): number =>
      run.captureMs + Math.min(run.lengthMs, Math.max(0, ms - run.sessionMs));
    return { ...heard, startMs: toCapture(heard.startMs), endMs: toCapture(heard.endMs) };
  }

  /** Forgets the time before; nothing is asked about it any more. */
  forget(beforeMs: number): void {
    const kept = this.#runs.findIndex((run) => run.sessionMs + run.lengthMs > beforeMs);
    if (kept > 0) this.#runs = this.#runs.slice(kept);
  }
}
