/** How a request is refused. */
export interface RefusalFault {
  readonly status: number;
  /** Default `vendor`: the service's own; `detail`: as FastAPI writes it; `text` and `html`: as proxies do. */
  readonly form?: 'vendor' | 'detail' | 'text' | 'html';
  /** The vendor's own of that status, when left out. */
  readonly code?: string;
  readonly retryAfterSeconds?: number;
}

/** What one request suffers. */
export interface AudioUploadFault {
  /** Requests of this kind alone; of transcriptions, when left out. */
  readonly on?: UploadKind;
  readonly refuses?: RefusalFault;
  /** Waits before it reads what is sent. */
  readonly readDelayMs?: number;
  /** Waits before it answers. */
  readonly answerDelayMs?: number;
  /** Takes everything and answers nothing. */
  readonly silent?: boolean;
  /** Resets, or ends, the connection after so many bytes of the answer's body. */
  readonly cut?: { readonly afterBytes: number; readonly how: 'reset' | 'fin' };
  /** Sends one byte at a time. */
  readonly dribbles?: boolean;

  /** What the body of an answer with status 200 is instead. */
  readonly body?: 'cut-json' | 'html' | 'wrong-shape';
  readonly contentType?: string;
  /** Hears nothing in the sound. */
  readonly deaf?: boolean;
  /** What it says where it hears nothing, as Whisper does. */
  readonly saysOverSilence?: string;
  /** Added to every time, ms: times before the sound, or after it. */
  readonly clockSkewMs?: number;
  /** What the answer lacks, though it was asked for. */
  readonly omits?: readonly ('segments' | 'words' | 'speakers')[];
  /** Puts words into their segments, not beside them. */
  readonly wordsInSegments?: boolean;
}

export type UploadKind = 'transcription' | 'models';

/** The whole service is away: every connection is reset, is never answered, or is answered with 503. */
export type UploadOutage = 'gone' | 'silent' | 'unavailable';

export interface UploadFaultSwitch {
  /** For the next requests, as many as `times` (default 1), before those that were put in later. */
  next(fault: AudioUploadFault, times?: number): void;
  /** For every request that no `next` is for; null for none. */
  always(fault: AudioUploadFault | null): void;
}

/** The switch for those who test, and the other end, which takes the fault of a request that has come in. */
export function createUploadFaults(): UploadFaultSwitch & {
  take(kind: UploadKind): AudioUploadFault;
} {
  let queue: { readonly fault: AudioUploadFault; left: number }[] = [];
  let lasting: AudioUploadFault | null = null;

  const isFor = ({ on = 'transcription' }: AudioUploadFault, kind: UploadKind): boolean =>
    on === kind;

  return {
    next(fault, times = 1) {
      queue.push({ fault, left: times });
    },
    always(fault) {
      lasting = fault;
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
