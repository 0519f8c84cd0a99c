import type { DeviceTruth } from './truth.ts';

export interface DeviceSpec {
  /** Tells its sound from that of others; below 65,536. */
  readonly device: number;
  readonly name: string;
  readonly codec: 'pcm' | 'opus';
  /**
   * `ack`: every frame is confirmed, and sent again after a break; `json`: announced by headers; `raw`: bare. With the
   * last two, what is recorded while the device is away is lost, and the device knows it.
   */
  readonly mode: 'ack' | 'json' | 'raw';
  /** 1 is real time. */
  readonly speed: number;
  /** Each frame comes up to this late, ms. */
  readonly jitterMs: number;
  /** How far its clock is from the server's, parts per million: its frames last as much longer. */
  readonly driftPpm: number;
  /** Before its first frame, ms. */
  readonly startAfterMs: number;
  /** Breaks of the connection: when, ms after the first frame, and how long the device then stays away. */
  readonly drops: readonly { readonly afterMs: number; readonly forMs: number }[];
  /** A file of 16 kHz 16-bit mono PCM to be spoken, over and over. Null: the self-describing sound of the fleet. */
  readonly soundPath: string | null;
}

export interface FleetPlan {
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  readonly devices: readonly DeviceSpec[];
}

/** Parent → fleet, one JSON object a line. `stop` ends all recordings in order; the fleet then tells its truth and exits. */
export type FleetCommand =
  { readonly type: 'run'; readonly plan: FleetPlan } | { readonly type: 'stop' };

/** Fleet → parent, one JSON object a line. */
export type FleetMessage =
  /** All devices have begun. */
  | { readonly type: 'running' }
  | { readonly type: 'truth'; readonly truth: DeviceTruth }
  /** `cpuMs`: what the fleet itself took, from start to end. */
  | { readonly type: 'done'; readonly cpuMs: number };

export const plainDevice = {
  codec: 'pcm',
  mode: 'ack',
  speed: 1,
  jitterMs: 0,
  driftPpm: 0,
  startAfterMs: 0,
  drops: [],
  soundPath: null,
} as const satisfies Partial<DeviceSpec>;
