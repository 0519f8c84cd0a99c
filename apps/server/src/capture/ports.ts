import type { CaptureId, ClientId, UserId } from '@friend-lite/contract';
import type { AudioFormat, Span } from '../audio/index.ts';

/** Why a capture ended. `stop`: audio-stop; `closed`: clean close or REST; `lost`: the grace ran out. */
export type CaptureEndReason = 'stop' | 'closed' | 'lost';

/**
 * One device's audio from first frame to end, across reconnects.
 *
 * Capture time runs in ms from `startedAt`; sound within a segment is contiguous, and time nobody
 * recorded shows as the space between two segments.
 */
export interface Capture {
  readonly id: CaptureId;
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly format: AudioFormat;
  /** Epoch ms of capture time 0. */
  readonly startedAt: number;
  readonly state: 'live' | 'away' | 'ended' | 'sealed';
  /** Epoch ms when the device was lost; null unless away. */
  readonly awaySince: number | null;
  readonly endedAt: number | null;
  readonly endReason: CaptureEndReason | null;
}

/** A file of at most 60 s of a capture. */
export interface Segment {
  readonly captureId: CaptureId;
  readonly userId: UserId;
  /** 0, 1, 2 … within the capture. */
  readonly index: number;
  /** Capture time of its first sample; may fall between two milliseconds. */
  readonly startMs: number;
  /** Bytes of sound, without the file's header. Of an open segment: unknown until it is sealed (0). */
  readonly byteCount: number;
  readonly isSealed: boolean;
}

/** The records of captures and their segments. Written by `capture/` alone. */
export interface CaptureStore {
  /** Adds a capture. Its id is new. */
  add(capture: Capture): Promise<void>;
  /** Changes state fields of a capture that exists. */
  update(
    id: CaptureId,
    change: Partial<Pick<Capture, 'state' | 'awaySince' | 'endedAt' | 'endReason'>>,
  ): Promise<void>;
  find(userId: UserId, id: CaptureId): Promise<Capture | null>;
  /** Every capture that is not sealed, of all users: the work of a restart. */
  listUnsealed(): Promise<readonly Capture[]>;
  /** Adds a segment or replaces the one with the same capture and index. */
  putSegment(segment: Segment): Promise<void>;
  removeSegment(captureId: CaptureId, index: number): Promise<void>;
  /** By index. */
  segments(userId: UserId, captureId: CaptureId): Promise<readonly Segment[]>;
}

/** Names a segment's file. */
export interface SegmentRef {
  readonly userId: UserId;
  readonly captureId: CaptureId;
  readonly index: number;
}

/** An open segment file. Calls are made one at a time, but for `sync`, which may run beside an `append`. */
export interface SegmentFile {
  /**
   * Appends the chunks, in order. When it resolves they are in the file: a killed process no longer
   * loses them (a power cut may, until `sync`). When it rejects, none of them count as appended.
   */
  append(chunks: readonly Uint8Array[]): Promise<void>;
  /** When it resolves, everything appended before the call survives a power cut (fdatasync). */
  sync(): Promise<void>;
  /** Completes the header, syncs and closes; closes also when it fails. The last call. */
  seal(): Promise<void>;
}

/** The files that hold the sound. Whole WAV files, playable by any program once sealed. */
export interface SegmentFiles {
  /** Creates the file; fails when it exists. */
  create(ref: SegmentRef, format: AudioFormat): Promise<SegmentFile>;
  /**
   * Makes a file left open by a dead process whole again: cuts a torn sample, completes the header, syncs.
   * Returns the bytes of sound in it, or null when there is no such file.
   */
  repair(ref: SegmentRef, format: AudioFormat): Promise<number | null>;
  /** Bytes of sound [start, end) of a segment, open or sealed, in chunks of at most 64 KiB. Ends early at the end of the file. */
  read(ref: SegmentRef, start: number, end: number): AsyncIterable<Uint8Array>;
  /** Bytes of sound in the file now; 0 when there is no such file. */
  size(ref: SegmentRef): Promise<number>;
  /** Idempotent. */
  remove(ref: SegmentRef): Promise<void>;
}

/** A stretch of capture time nobody recorded. */
export type Gap = Span;
