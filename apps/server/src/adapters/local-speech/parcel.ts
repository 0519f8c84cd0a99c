import type { DetectorInfo, VoiceActivity } from '../../audio/index.ts';

/** Numbers one opening of a stream; never used again. */
export type StreamKey = number;

/** What the main thread hands to the worker at one time. */
export interface Parcel {
  readonly closed: readonly StreamKey[];
  readonly opened: readonly { readonly key: StreamKey; readonly startMs: number }[];
  /** What comes for each stream; a stream has one part at most. */
  readonly parts: readonly Part[];
  /** The sound of all parts, one after another. */
  readonly samples: Int16Array;
}

export interface Part {
  readonly key: StreamKey;
  readonly sampleCount: number;
  /** Whether the stretch ends here: what is left of a window is heard too, and an open region ends. */
  readonly isFlush: boolean;
}

export type Report = Omit<VoiceActivity, 'streamId'> & { readonly key: StreamKey };

/** What the worker says: `ready` once, then `heard` once for each parcel. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly info: DetectorInfo }
  | { readonly kind: 'heard'; readonly reports: readonly Report[] };

/** `workerData` of the worker. */
export interface WorkerSettings {
  /** The Silero model, named as for `require`. */
  readonly modelFile: string;
}

/** Asks the worker to end when it is done with what it has. */
export type StopMessage = 'stop';
