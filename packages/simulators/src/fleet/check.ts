import { packetIndex } from './opus-packets.ts';
import { frameBytes, frameNumberAt, pcmFrame } from './pcm-frames.ts';
import type { DeviceTruth } from './truth.ts';

/** What a recording holds, against what its device knows of itself. */
export interface Findings {
  readonly heldFrames: number;
  /** Handed over, and not there. */
  readonly lost: readonly number[];
  /** Of these, how many the server had said were safe. */
  readonly lostAcked: number;
  readonly duplicated: number;
  /** Behind a frame that was recorded later. */
  readonly misplaced: number;
  /** Never handed over, yet there. */
  readonly foreign: number;
  /** Bytes of sound, or packets, that are no whole frame; what a kill tore is among them. */
  readonly torn: number;
}

/** Compares a recording of `pcmFrame`s, whose gaps are filled with zeros. */
export function checkPcm(pcm: Uint8Array, truth: DeviceTruth): Findings {
  const frames: number[] = [];
  let torn = 0;
  for (let at = 0; at < pcm.length;) {
    const frame = frameNumberAt(pcm, at, truth.device);
    const expected = frame === null ? null : pcmFrame(truth.device, frame);
    if (frame !== null && expected && isAt(pcm, at, expected)) {
      frames.push(frame);
      at += frameBytes;
      continue;
    }
    if (pcm[at] !== 0 || pcm[at + 1] !== 0) torn += 2;
    at += 2;
  }
  return compare(frames, torn, truth);
}

/** Compares a recording of packets from the pool. Packets of one byte stand for lost ones and are passed over. */
export function checkOpus(
  packets: readonly Uint8Array[],
  pool: readonly Uint8Array[],
  truth: DeviceTruth,
): Findings {
  const places = new Map(pool.map((packet, place) => [keyOf(packet), place]));
  const frames: number[] = [];
  let torn = 0;
  let next = 0;
  for (const packet of packets) {
    if (packet.length === 1) continue;
    const place = places.get(keyOf(packet));
    if (place === undefined) {
      torn += 1;
      continue;
    }
    // The pool comes round again: of the frames a packet may be, the nearest to the one that is due.
    const ahead = modulo(place - packetIndex(truth.device, next, pool.length), pool.length);
    const frame = next + (ahead > pool.length / 2 ? ahead - pool.length : ahead);
    frames.push(frame);
    next = frame + 1;
  }
  return compare(frames, torn, truth);
}

function compare(frames: readonly number[], torn: number, truth: DeviceTruth): Findings {
  const { handedAt, ackedFrames } = truth;
  const held = new Set<number>();
  let [duplicated, misplaced, foreign] = [0, 0, 0];
  let highest = -1;
  for (const frame of frames) {
    if (held.has(frame)) duplicated += 1;
    else if (frame < highest) misplaced += 1;
    if ((handedAt[frame] ?? -1) < 0) foreign += 1;
    held.add(frame);
    highest = Math.max(highest, frame);
  }
  const lost = handedAt.flatMap((at, frame) => (at >= 0 && !held.has(frame) ? [frame] : []));
  return {
    heldFrames: held.size,
    lost,
    lostAcked: lost.filter((frame) => frame < ackedFrames).length,
    duplicated,
    misplaced,
    foreign,
    torn,
  };
}

function isAt(pcm: Uint8Array, at: number, expected: Uint8Array): boolean {
  const end = at + expected.length;
  return end <= pcm.length && Buffer.compare(pcm.subarray(at, end), expected) === 0;
}

function keyOf(packet: Uint8Array): string {
  return Buffer.from(packet).toString('latin1');
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
