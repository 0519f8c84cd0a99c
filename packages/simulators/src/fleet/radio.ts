import type { RadioLoss } from './spec.ts';

const headerBytes = 3;

/** Decides packet by packet, in order, whether the radio loses it. The same each time for the same numbers. */
export function createRadio(
  { lossShare, burstPackets }: RadioLoss,
  random: () => number,
): () => boolean {
  if (!(lossShare >= 0 && lossShare < 1 && burstPackets >= 1)) {
    throw new RangeError('a radio loses a share below 1, one packet or more at a time');
  }
  const ends = 1 / burstPackets;
  // So that of all packets `lossShare` are lost in the long run.
  const begins = Math.min(1, (ends * lossShare) / (1 - lossShare));
  let isLosing = false;
  return () => {
    isLosing = random() < (isLosing ? 1 - ends : begins);
    return isLosing;
  };
}

/** A packet as a pendant sends it: its index, 16 bits little-endian, and the number of its only fragment before it. */
export function withPendantHeader(index: number, packet: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + packet.length);
  bytes[0] = index & 0xff;
  bytes[1] = (index >> 8) & 0xff;
  bytes.set(packet, headerBytes);
  return bytes;
}
