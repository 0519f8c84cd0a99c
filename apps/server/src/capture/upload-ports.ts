import type {
  CaptureId,
  ClientId,
  ErrorCode,
  ErrorParams,
  JobId,
  UploadId,
  UserId,
} from '@friend-lite/contract';

/** A file of sound that somebody sent, from its arrival until it is a capture, or could not become one. */
export interface UploadedFile {
  /** Also of the job that imports it. */
  readonly id: JobId;
  /** Files of one request share it. */
  readonly uploadId: UploadId;
  readonly userId: UserId;
  /** 1, 2, 3 … within the upload. */
  readonly number: number;
  /** As the client named it, made fit to be shown. Never part of a path. */
  readonly filename: string;
  /** The device that its sound is said to come from. */
  readonly clientId: ClientId;
  readonly byteCount: number;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** Epoch ms of the start of its sound, where the client told it. */
  readonly recordedAt: number | null;
  /** Epoch ms when it was last changed, where the client told it: taken for the end of its sound. */
  readonly writtenAt: number | null;
  readonly state: 'queued' | 'processing' | 'completed' | 'failed';
  /** 0..1 of its sound. */
  readonly progress: number;
  /** Epoch ms of the start of its sound; null until it was opened. */
  readonly startedAt: number | null;
  /** What was stored of it, or, before the end, what it says of itself; null while that is not known. */
  readonly durationMs: number | null;
  /** Where its sound is; null while there is none. */
  readonly captureId: CaptureId | null;
  /** Why it failed. */
  readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } | null;
}

/** The records of uploaded files. Written by `capture/` alone. */
export interface UploadStore {
  /** Adds all files of an upload, or none. */
  add(files: readonly UploadedFile[]): Promise<void>;
  /** Changes a file that exists; does nothing when there is none. */
  update(
    userId: UserId,
    id: JobId,
    change: Partial<
      Pick<UploadedFile, 'state' | 'progress' | 'startedAt' | 'durationMs' | 'captureId' | 'error'>
    >,
  ): Promise<void>;
  find(userId: UserId, id: JobId): Promise<UploadedFile | null>;
  /** By number; empty when the user has no such upload. */
  listByUpload(userId: UserId, id: UploadId): Promise<readonly UploadedFile[]>;
  /** Queued and processing ones of all users, oldest first: the work of a restart. */
  listUnfinished(): Promise<readonly UploadedFile[]>;
}

/** Names an uploaded file on the disk. */
export interface UploadRef {
  readonly userId: UserId;
  readonly id: JobId;
}

/** The files themselves, until they are imported. */
export interface UploadFiles {
  /**
   * Writes the whole content, in constant memory; resolves with its bytes when it survives a power cut.
   * When it rejects nothing is left. Throws `file_too_large` beyond `maxBytes`, `storage_full` when the disk
   * is.
   */
  write(ref: UploadRef, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number>;
  /** Bytes [start, end), in chunks; ends early at the end of the file. */
  read(ref: UploadRef, start: number, end: number): AsyncIterable<Uint8Array>;
  /** Where a program finds it. */
  pathOf(ref: UploadRef): string;
  /** Idempotent. */
  remove(ref: UploadRef): Promise<void>;
  /** Removes every file but these: what a dead process was being sent. */
  keepOnly(refs: readonly UploadRef[]): Promise<void>;
}

/** Reads formats of sound that the server itself cannot. */
export interface SoundDecoder {
  /**
   * How long the file says it lasts, ms; null when it does not say.
   * Throws `ffmpeg_missing` or `undecodable_file`.
   */
  probe(path: string, signal: AbortSignal): Promise<number | null>;
  /**
   * The sound, 16 kHz mono s16le, whole samples, as fast as it is read; the same on every call.
   * Throws as `probe` does, `undecodable_file` also after a part of the sound.
   */
  decode(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}
