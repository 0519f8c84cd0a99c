/** A stretch [startMs, endMs) on some timeline. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** What a detector heard since its last report on a stream. All times are the stream's own, in ms. */
export interface VoiceActivity {
  readonly streamId: string;
  /** Everything before this has been heard. Grows with each report. */
  readonly analyzedMs: number;
  /** Speech regions that ended since the last report, oldest first; they never overlap. */
  readonly ended: readonly Span[];
  /** Start of the region that is still going on, or null in silence. */
  readonly speakingSinceMs: number | null;
  /** Loudness since the last report, dBFS, -100..0. */
  readonly levelDb: number;
}

export interface DetectorInfo {
  /** `silero-v6` behind the cheap gate, or `webrtc` when the ONNX runtime is absent. */
  readonly engine: 'silero-v6' | 'webrtc';
  /** Why it is not the best one, for people; null when it is. */
  readonly note: string | null;
}

/**
 * Finds speech in many streams at once, off the event loop.
 *
 * Streams are independent. Sound of one stream is pushed in order, 16 kHz mono; reports come in order.
 * Memory is bounded: `push` returns false, and takes nothing, when the stream is more than 30 s behind;
 * the caller then re-reads the sound from disk later. It returns false too for a stream that is not open, as
 * all are when the engine died: the caller opens it again at the last `analyzedMs`.
 */
export interface VoiceActivityDetector {
  /** Starts a stream (or starts it anew after a gap) at `startMs` of its timeline. */
  open(streamId: string, startMs: number, listener: (activity: VoiceActivity) => void): void;
  push(streamId: string, samples: Int16Array): boolean;
  /**
   * Resolves when everything pushed so far was heard and reported; ends an open region at that point.
   * Rejects when the stream is not open, or is lost or closed meanwhile.
   */
  flush(streamId: string): Promise<void>;
  /** Forgets the stream. Nothing is reported for it afterwards. */
  close(streamId: string): void;
  describe(): Promise<DetectorInfo>;
  /** Ends the worker. */
  dispose(): Promise<void>;
}
