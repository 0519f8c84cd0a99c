import type { CaptureId, ClientId, UserId } from '@friend-lite/contract';
import type { AudioFormat } from '../audio/index.ts';
import type { Capture } from './ports.ts';

/** What a device sends in one message. */
export interface SoundFrame {
  /** PCM: whole samples of the capture's format; Opus: one packet. Never empty. */
  readonly bytes: Uint8Array;
  /** Its number within the capture, 1, 2, 3 …, where the device numbers its frames; else null. */
  readonly seq: number | null;
  /** Sound that was lost just before it, as the device's own numbering shows, ms. */
  readonly lostBeforeMs: number;
}

/** Sound that was recorded before it came: later from its device, or as a file. */
export interface PastSound {
  readonly userId: UserId;
  readonly clientId: ClientId;
  /** Epoch ms of its first sample. */
  readonly startedAt: number;
  readonly format: AudioFormat;
  readonly origin: Exclude<Capture['origin'], 'live'>;
}

/** Writes a recording of the past. */
export interface RecordingWriter {
  /** Takes the next frame. False: the disk is too far behind, or nothing more is taken; this was not. */
  push(frame: SoundFrame): boolean;
  /** The disk is behind: the sender should wait for `room`. */
  readonly isFull: boolean;
  /**
   * For who can wait: resolves when there is room for more. Throws `storage_unavailable` when sound can no
   * longer be stored, `shutting_down` when the server stops.
   */
  room(): Promise<void>;
  /** No more follows. Resolves when all of it is on disk for good; throws as `room` does. */
  end(): Promise<CaptureId>;
  /** Lets go of it: what was taken is kept, and whoever has its id may go on with it. Never rejects. */
  abort(): Promise<void>;
}
