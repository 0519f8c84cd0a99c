import type { RequestKind } from './faults.ts';

/** What a client sent over a live connection. */
export interface RecordedStream {
  readonly audioBytes: number;
  readonly audioMessages: number;
  readonly largestAudioBytes: number;
  readonly emptyMessages: number;
  /** The text messages, in order. */
  readonly texts: readonly string[];
  /** Null while it is open. */
  readonly closeCode: number | null;
}

/** A request as it came in. */
export interface RecordedRequest {
  readonly kind: RequestKind | 'other';
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly contentType: string;
  readonly bodyBytes: number;
  /** Of the body; empty without one. */
  readonly sha256: string;
  /** Null until it was answered. */
  readonly status: number | null;
  /** Of live sessions that were let in. */
  readonly stream: RecordedStream | null;
}

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
export type OpenStream = Mutable<Omit<RecordedStream, 'texts'>> & { readonly texts: string[] };
export type OpenRequest = Mutable<Omit<RecordedRequest, 'stream'>> & { stream: OpenStream | null };

export function newStream(): OpenStream {
  return {
    audioBytes: 0,
    audioMessages: 0,
    largestAudioBytes: 0,
    emptyMessages: 0,
    texts: [],
    closeCode: null,
  };
}
