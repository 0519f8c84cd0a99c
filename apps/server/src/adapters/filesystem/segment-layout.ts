import type { RepairedSegment } from '../../capture/index.ts';

/** How sound is laid out in a file that is being written. */
export interface SegmentLayout {
  /** What the file begins with. */
  readonly head: Uint8Array;
  /** Bytes of the file that count so far, from its start. */
  readonly fileBytes: number;
  /** What to write behind them for the chunks. They count once `count` is called. */
  encode(chunks: readonly Uint8Array[]): {
    readonly bytes: readonly Uint8Array[];
    readonly count: () => void;
  };
  /** Leaves what counts and makes a whole file of it. Returns the segment's `byteCount`. */
  complete(fd: number): Promise<number>;
}

/** What a repair found in a file. */
export type SavedSound = Omit<RepairedSegment, 'lastSeq'>;
