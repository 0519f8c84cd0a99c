import type { Progress } from './server-message.ts';

/** What is to be sent, in order. Numbers grow over all recordings; each recording ends with a `stop`. */
export type ResendEntry =
  | { readonly type: 'frame'; readonly payload: Uint8Array<ArrayBuffer>; seq: number | null }
  | { readonly type: 'stop'; seq: number | null };

/**
 * Sound that the server has not confirmed yet. It outlives connections: give the same one to each
 * `openAudioStream` of a device, and what is missing is sent again first. It belongs to one device name, that
 * nobody else uses meanwhile.
 */
export interface ResendBuffer {
  readonly pendingBytes: number;
  readonly maxBytes: number;
  /** Keeps payloads, all of them or, when there is no room, none. */
  keep(payloads: readonly Uint8Array<ArrayBuffer>[]): boolean;
  /** Notes that the recording ends here. */
  stop(): void;
  /** A connection was made: drops what is safe, and begins again with what is not. */
  resume(ongoing: Progress | null, ended: Progress | null): void;
  /** Everything up to here is safe. */
  confirm(progress: Progress): void;
  /** What is to be sent next on this connection; null when all was. It is numbered by now, a stop with the number of the last frame before it. */
  next(): ResendEntry | null;
}

/**
 * Where a capture goes on that somebody else began, our numbers start this far behind its last safe one:
 * behind any that were taken but are not safe yet, which would swallow ours as repeated.
 */
const foreignMargin = 1_000_000;

/** @param maxBytes of payload; 8 MiB are 4 minutes of 16 kHz 16-bit PCM, or 30 minutes of a pendant's Opus. */
export function createResendBuffer(maxBytes = 8 * 1024 * 1024): ResendBuffer {
  let entries: ResendEntry[] = [];
  let pendingBytes = 0;
  /** How many of the entries were sent on this connection. */
  let sent = 0;
  let lastSeq = 0;
  /** Whether frames came since the last stop. */
  let isRecording = false;
  let isFirstConnection = true;
  /** The recording that had ended before the first connection: its numbers are not ours. */
  let foreignCapture: string | null = null;

  function drop(isSafe: (entry: ResendEntry) => boolean): void {
    const kept: ResendEntry[] = [];
    let keptSent = 0;
    entries.forEach((entry, at) => {
      if (isSafe(entry)) {
        if (entry.type === 'frame') pendingBytes -= entry.payload.length;
        return;
      }
      kept.push(entry);
      if (at < sent) keptSent += 1;
    });
    entries = kept;
    sent = keptSent;
  }

  /** Drops the frames of one recording up to `seq`, and the ends of those before that have none left. */
  function dropUpTo(seq: number): void {
    const at = entries.findLastIndex((entry) => entry.type === 'frame' && isUpTo(entry.seq, seq));
    if (at < 0) return;
    const begin = entries.slice(0, at).findLastIndex(({ type }) => type === 'stop') + 1;
    const before = new Set(entries.slice(0, begin));
    const safe = new Set(entries.slice(begin, at + 1));
    const isBeforeDone = [...before].every(({ type }) => type === 'stop');
    drop((entry) => safe.has(entry) || (isBeforeDone && before.has(entry)));
  }

  /** A recording that ended is whole, and so are those before it. */
  function dropAllUpTo(seq: number): void {
    drop((entry) => isUpTo(entry.seq, seq));
  }

  return {
    maxBytes,
    get pendingBytes() {
      return pendingBytes;
    },

    keep(payloads) {
      const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0);
      if (pendingBytes + bytes > maxBytes) return false;
      pendingBytes += bytes;
      for (const payload of payloads) entries.push({ type: 'frame', payload, seq: null });
      isRecording ||= payloads.length > 0;
      return true;
    },

    stop() {
      if (isRecording) entries.push({ type: 'stop', seq: null });
      isRecording = false;
    },

    resume(ongoing, ended) {
      sent = 0;
      if (isFirstConnection) {
        isFirstConnection = false;
        foreignCapture = ended?.captureId ?? null;
        if (ongoing) lastSeq = ongoing.seq + foreignMargin;
        return;
      }
      if (ended && ended.captureId !== foreignCapture) dropAllUpTo(ended.seq);
      if (ongoing) dropUpTo(ongoing.seq);
    },

    confirm: ({ seq }) => dropUpTo(seq),

    next() {
      const entry = entries[sent];
      if (!entry) return null;
      sent += 1;
      if (entry.seq === null) {
        if (entry.type === 'frame') lastSeq += 1;
        entry.seq = lastSeq;
      }
      return entry;
    },
  };
}

function isUpTo(seq: number | null, limit: number): boolean {
  return seq !== null && seq <= limit;
}
