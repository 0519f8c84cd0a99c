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
  /** Breaks of the connection, in order. */
  readonly drops: readonly Drop[];
  /**
   * Makes it a pendant, whose packets came over such a radio and still carry its 3-byte header (`header=omi`). For Opus
   * without acks. Null: none.
   */
  readonly radio: RadioLoss | null;
  /** A file of 16 kHz 16-bit mono PCM to be spoken, over and over. Null: the self-describing sound of the fleet. */
  readonly soundPath: string | null;
}

export interface Drop {
  /** Since the first frame, ms. */
  readonly afterMs: number;
  /** How long the device stays away, ms. Null: for good, it is dead. */
  readonly forMs: number | null;
  /**
   * What it leaves behind, both times without a close frame: `terminated`, a TCP connection that ended, also when
   * nothing is said; `half-open`, one that looks alive and over which nothing comes any more, not even an answer to a ping, until the fleet stops.
   */
  readonly leaves?: 'terminated' | 'half-open';
}

/** Packets are lost one by one or several in a row, as where somebody walks out of reach (Gilbert's model). */
export interface RadioLoss {
  /** Of all packets, 0 to below 1. */
  readonly lossShare: number;
  /** How many are lost in a row, on average, from 1. */
  readonly burstPackets: number;
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
  radio: null,
  soundPath: null,
} as const satisfies Partial<DeviceSpec>;
