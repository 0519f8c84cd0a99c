import type { CaptureId, UserId } from '@friend-lite/contract';
import type { PcmFormat } from '../audio/index.ts';
import type { Capture, Segment, SegmentFiles, SegmentRef } from './ports.ts';

/** A codec that gives back every sample as it was. Works on whole segments: at most 60 s of sound. */
export interface LosslessCodec {
  /** Whether its program is installed. */
  isPresent(): Promise<boolean>;
  /** Writes `pcm` of `format` as one file, which must not matter yet: it may be left half-written. */
  encode(pcm: Uint8Array, format: PcmFormat, path: string, signal: AbortSignal): Promise<void>;
  /** The file's PCM. Rejects unless it is the very PCM that was encoded (checksum). */
  decode(path: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** What packing a segment came to. `mismatch`: the file does not hold what its record says; it was left alone. */
export type Packed =
  | { readonly kind: 'packed'; readonly fileBytes: number }
  | { readonly kind: 'missing' | 'mismatch' };

/** Packs sealed PCM segments without loss. What is packed reads as before. */
export interface SegmentPacking {
  /** Whether packing is possible now. */
  isPresent(): Promise<boolean>;
  /**
   * Packs one segment: the original goes only after the packed file is on the disk and was decoded bit for
   * bit. A kill at any point leaves the sound readable; running it again finishes. Idempotent.
   */
  pack(segment: Segment, format: PcmFormat, signal: AbortSignal): Promise<Packed>;
}

/** The records that are changed when sound is packed or goes. Written by `capture/` alone. */
export interface UpkeepStore {
  /** Notes the size of a segment's packed file. */
  markPacked(segment: SegmentRef, packedByteCount: number): Promise<void>;
  /** Notes when a segment's sound went; its place in the capture stays known. A first note stays. */
  markRemoved(segment: SegmentRef, removedAt: number): Promise<void>;
  /** Segments whose sound went at `since` or later. */
  listRemoved(userId: UserId, since: number): Promise<readonly Segment[]>;
  /** Removes a capture's records: its own, its segments', and what was heard in it. Idempotent. */
  removeCapture(userId: UserId, id: CaptureId): Promise<void>;
}

/** Packs, and removes, the sound of captures that are over. Whoever calls decides what may go. */
export interface CaptureUpkeep {
  /** Packs a segment where it is not packed yet. False when its file is not what its record says. */
  pack(segment: Segment, format: PcmFormat, signal: AbortSignal): Promise<boolean>;
  /** Removes the sound of a segment and keeps its record, which says so. Idempotent. */
  removeSound(segment: SegmentRef, at: number): Promise<void>;
  /** Removes a capture whole: sound and records. */
  removeCapture(capture: Capture, segments: readonly Segment[]): Promise<void>;
}

export function createCaptureUpkeep({
  store,
  files,
  packing,
}: {
  readonly store: UpkeepStore;
  readonly files: Pick<SegmentFiles, 'remove'>;
  readonly packing: SegmentPacking;
}): CaptureUpkeep {
  return {
    async pack(segment, format, signal) {
      const packed = await packing.pack(segment, format, signal);
      if (packed.kind !== 'packed') return false;
      await store.markPacked(segment, packed.fileBytes);
      return true;
    },

    // The record first: a reader must meet a gap that is known, and never a file that is missing.
    async removeSound(segment, at) {
      await store.markRemoved(segment, at);
      await files.remove(segment);
    },

    async removeCapture(capture, segments) {
      for (const segment of segments) await files.remove(segment);
      await store.removeCapture(capture.userId, capture.id);
    },
  };
}
