import type { CaptureId, ClientId, UserId } from '@friend-lite/contract';
import type { AudioFormat, Span } from '../audio/index.ts';

/** Why a capture ended. `stop`: audio-stop; `closed`: clean close; `lost`: the grace ran out. */
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
  /** How its sound came: while it was recorded, later from the device that recorded it, or as a file. */
  readonly origin: 'live' | 'late' | 'upload';
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
  /**
   * PCM: bytes of sound, without the file's header; Opus: bytes of its Ogg file. Of an open segment:
   * unknown until it is sealed (0).
   */
  readonly byteCount: number;
  /** How long its sound lasts. Of an open segment: unknown until it is sealed (0). */
  readonly durationMs: number;
  /** Sound that was lost on its way and is concealed in the file, in capture time. Of an open segment: empty. */
  readonly gaps: readonly Gap[];
  /** Highest number of a frame up to its end, where the device numbers its frames; else null. */
  readonly lastSeq: number | null;
  readonly isSealed: boolean;
  /** Size of its packed file; absent while it is not packed. */
  readonly packedByteCount?: number;
  /** Epoch ms when its sound was removed; absent while it is there. */
  readonly removedAt?: number;
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
   * Appends the chunks, in order: stretches of PCM, or Opus packets whose framing is valid. When it
   * resolves they are in the file: a killed process no longer loses them (a power cut may, until `sync`).
   * When it rejects, none of them count as appended.
   *
   * `lastSeq`: the highest number of a frame up to their end, null while the device numbers none. Where it
   * is given, a repair leaves the file as it was after an append, whole frames and their number together.
   */
  append(chunks: readonly Uint8Array[], lastSeq: number | null): Promise<void>;
  /** When it resolves, everything appended before the call survives a power cut (fdatasync). */
  sync(): Promise<void>;
  /** Completes the file, syncs and closes; closes also when it fails. Returns its `byteCount`. The last call. */
  seal(): Promise<number>;
}

/** What a file that a dead process left open holds. */
export interface RepairedSegment extends Pick<Segment, 'byteCount' | 'durationMs' | 'lastSeq'> {
  /** As `Segment.gaps`, but from the start of the segment. */
  readonly gaps: readonly Gap[];
}

/** The files that hold the sound: WAV, or Ogg Opus. Playable by any program once sealed. */
export interface SegmentFiles {
  /** Creates the file; fails when it exists. */
  create(ref: SegmentRef, format: AudioFormat): Promise<SegmentFile>;
  /**
   * Makes a file left open by a dead process whole again: cuts a torn end, and what no frame's number is
   * known of, completes the file, syncs. Null when there is no such file.
   */
  repair(ref: SegmentRef, format: AudioFormat): Promise<RepairedSegment | null>;
  /**
   * Bytes [start, end) of a segment, open or sealed, in chunks of at most 64 KiB: of its PCM, or of its Ogg
   * file. Ends early at the end of the file.
   */
  read(ref: SegmentRef, start: number, end: number): AsyncIterable<Uint8Array>;
  /** How many bytes `read` could give now; 0 when there is no such file. */
  size(ref: SegmentRef): Promise<number>;
  /** Forgets the frames' numbers in a sealed segment, once its record keeps the last. Idempotent. */
  forgetNumbers(ref: SegmentRef): Promise<void>;
  /** Idempotent. */
  remove(ref: SegmentRef): Promise<void>;
}

/** A stretch of capture time of which there is no sound. */
export interface Gap extends Span {
  /** It was recorded, and removed since. */
  readonly isRemoved?: boolean;
}
