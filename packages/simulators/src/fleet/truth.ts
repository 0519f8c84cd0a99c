import { frameMs } from './pcm-frames.ts';

/** What one device did. Frames are numbered from 0, in the order in which they were recorded. */
export interface DeviceTruth {
  readonly device: number;
  readonly name: string;
  /**
   * Of each frame, when it was handed to the network or, with acks, kept to be sent: epoch ms. -1: never, since the device
   * was away or the radio lost it.
   */
  readonly handedAt: readonly number[];
  /** The frames that the radio of a pendant lost. */
  readonly lostOnAir: readonly number[];
  /** How many frames, from the first on, the server said were safe. */
  readonly ackedFrames: number;
  /** When it was without a connection: [from, to], epoch ms. */
  readonly away: readonly (readonly [number, number])[];
  /** What it was told by the server or the network, and how often. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface TruthKeeper {
  handed(frame: number, at: number): void;
  /** A frame that was thought handed over, and was not. */
  notHanded(frame: number): void;
  lostOnAir(frame: number): void;
  acked(frames: number): void;
  left(at: number): void;
  returned(at: number): void;
  failed(code: string): void;
  truth(): DeviceTruth;
}

export function keepTruth(device: number, name: string): TruthKeeper {
  const handedAt: number[] = [];
  const lostOnAir: number[] = [];
  const away: [number, number][] = [];
  const errors: Record<string, number> = {};
  let ackedFrames = 0;
  let leftAt: number | null = null;
  return {
    handed(frame, at) {
      while (handedAt.length < frame) handedAt.push(-1);
      handedAt[frame] = Math.round(at * 10) / 10;
    },
    notHanded(frame) {
      handedAt[frame] = -1;
    },
    lostOnAir(frame) {
      lostOnAir.push(frame);
    },
    acked(frames) {
      ackedFrames = Math.max(ackedFrames, frames);
    },
    left(at) {
      leftAt ??= at;
    },
    returned(at) {
      if (leftAt !== null) away.push([leftAt, at]);
      leftAt = null;
    },
    failed(code) {
      errors[code] = (errors[code] ?? 0) + 1;
    },
    truth: () => ({ device, name, handedAt, lostOnAir, ackedFrames, away, errors }),
  };
}

/** Stretches of frames never handed over between two that were, in ms of the device's time since the first that was. */
export function missedSpans({
  handedAt,
}: Pick<DeviceTruth, 'handedAt'>): { readonly startMs: number; readonly endMs: number }[] {
  const spans: { startMs: number; endMs: number }[] = [];
  const first = handedAt.findIndex((at) => at >= 0);
  let last = first;
  handedAt.forEach((at, frame) => {
    if (at < 0) return;
    if (frame > last + 1) {
      spans.push({ startMs: (last + 1 - first) * frameMs, endMs: (frame - first) * frameMs });
    }
    last = frame;
  });
  return spans;
}
