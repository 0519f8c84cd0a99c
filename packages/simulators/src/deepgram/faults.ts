import type { LiveQuirks } from './listening.ts';
import type { TransportFaults } from './transport.ts';

/** The three forms in which the vendor writes errors. */
export type ErrorForm = 'legacy' | 'modern' | 'text';

export interface RefusalFault {
  readonly status: number;
  /** Default `legacy`. A live session's also stands in the header `dg-error`. */
  readonly form?: ErrorForm;
  /** The vendor's own of that status, when left out. */
  readonly code?: string;
}

/** How a live connection breaks. */
export interface Break {
  /** Once so much sound was heard, ms; or once so many messages were sent. */
  readonly afterAudioMs?: number;
  readonly afterMessages?: number;
  /** Without a word, by a reset or an end of the network's connection; or with a close code. */
  readonly how: 'reset' | 'fin' | { readonly code: number; readonly reason?: string };
  /** Says this in an `Error` message before it. */
  readonly error?: string;
}

/** Messages that a live session puts before each of its results. */
export type Noise =
  | 'unknown-type'
  | 'not-json'
  | 'wrong-shape'
  | 'other-channel'
  | 'speech-started'
  | 'utterance-end';

/** What one request, or one live session, suffers. */
export interface DeepgramFault extends TransportFaults, LiveQuirks {
  /** Requests of this kind alone; of both, when left out. */
  readonly on?: RequestKind;
  readonly refuses?: RefusalFault;
  /** Waits before it answers anything, that requests overtake each other for example. */
  readonly answerDelayMs?: number;
  /** Says everything twice. */
  readonly duplicates?: boolean;

  /** Recorded sound: what the body of an answer with status 200 is instead. */
  readonly body?: 'cut-off' | 'cut-json' | 'not-json' | 'wrong-shape' | 'no-words';
  readonly contentType?: string;
  /** Sends the body in chunks, without its length. */
  readonly chunked?: boolean;

  readonly breaks?: Break;
  /** Says nothing any more once so much sound was heard, and stays. */
  readonly stallsAfterAudioMs?: number;
  readonly noise?: readonly Noise[];
  /** The number of the final result, from 0, that arrives as text that is no JSON. */
  readonly garblesFinal?: number;
  readonly finalDelayMs?: number;
  /** As some compatible servers do. */
  readonly metadataAtOpen?: boolean;
}

export type RequestKind = 'recorded' | 'live' | 'projects';

/**
 * The whole service is away: `gone` resets every connection, `silent` takes them and never answers, `unavailable`
 * answers 503 and closes what is open with 1011.
 */
export type Outage = 'gone' | 'silent' | 'unavailable';

export interface FaultSwitch {
  /** For the next requests, as many as `times` (default 1), before those that were put in later. */
  next(fault: DeepgramFault, times?: number): void;
  /** For every request that no `next` is for; null for none. */
  always(fault: DeepgramFault | null): void;
  /** Drops all. */
  clear(): void;
}

/** The switch for those who test, and the other end, which takes the fault of a request that has come in. */
export function createFaults(): FaultSwitch & { take(kind: RequestKind): DeepgramFault } {
  let queue: { readonly fault: DeepgramFault; left: number }[] = [];
  let lasting: DeepgramFault | null = null;

  /** Asking for projects is what probes do, at any time: it takes only what was meant for it. */
  const isFor = ({ on }: DeepgramFault, kind: RequestKind): boolean =>
    on === undefined ? kind !== 'projects' : on === kind;

  return {
    next(fault, times = 1) {
      queue.push({ fault, left: times });
    },
    always(fault) {
      lasting = fault;
    },
    clear() {
      queue = [];
      lasting = null;
    },
    take(kind) {
      const found = queue.find(({ fault }) => isFor(fault, kind));
      if (found) {
        found.left -= 1;
        queue = queue.filter(({ left }) => left > 0);
        return found.fault;
      }
      return lasting && isFor(lasting, kind) ? lasting : {};
    },
  };
}
