/**
 * The framing of Opus packets (RFC 6716, section 3): how long a packet lasts, and whether it is one at all.
 * What the frames hold is the decoder's business.
 */

/** The longest that the frames of one packet may last. */
export const maxPacketMs = 120;

const maxFrameBytes = 1275;
/** 48 frames and their lengths; only padding could make a packet longer. */
const maxPacketBytes = 2 + 48 * (2 + maxFrameBytes);

/** Frame durations by configuration, the upper five bits of the TOC byte (RFC 6716, table 2). */
const silkMs = [10, 20, 40, 60] as const;
const hybridMs = [10, 20] as const;
const celtMs = [2.5, 5, 10, 20] as const;

/** How long the packet's sound lasts, ms; null when its framing is not valid (RFC 6716, section 3.4). */
export function opusPacketDurationMs(packet: Uint8Array): number | null {
  const [toc] = packet;
  if (toc === undefined || packet.byteLength > maxPacketBytes) return null;
  const frameCount = countFrames(packet, toc);
  if (frameCount === null) return null;
  const durationMs = frameCount * frameDurationMs(toc);
  return durationMs > 0 && durationMs <= maxPacketMs ? durationMs : null;
}

/**
 * The packet to store in place of a lost one that resembled `packet`: its TOC byte alone, for one frame.
 * A frame without bytes is one that was lost, which every decoder conceals (RFC 6716, section 3.2.1).
 */
export function lostPacketLike(packet: Uint8Array): Uint8Array {
  return Uint8Array.of((packet[0] ?? 0) & ~0b11);
}

/** Whether the packet holds no sound. Devices that send nothing in silence (DTX) make such packets, too. */
export function isLostPacket(packet: Uint8Array): boolean {
  return packet.byteLength === 1;
}

function frameDurationMs(toc: number): number {
  const config = toc >> 3;
  if (config < 12) return silkMs[config % 4] ?? 0;
  if (config < 16) return hybridMs[config % 2] ?? 0;
  return celtMs[config % 4] ?? 0;
}

function countFrames(packet: Uint8Array, toc: number): number | null {
  const bytes = packet.byteLength - 1;
  switch (toc & 0b11) {
    case 0:
      return bytes <= maxFrameBytes ? 1 : null;
    case 1:
      return bytes % 2 === 0 && bytes / 2 <= maxFrameBytes ? 2 : null;
    case 2:
      return isPairOfLengths(packet) ? 2 : null;
    default:
      return countSignalled(packet);
  }
}

/** Code 2: the first frame's length, and both frames. */
function isPairOfLengths(packet: Uint8Array): boolean {
  const first = frameLength(packet, 1);
  if (!first) return false;
  const second = packet.byteLength - first.next - first.bytes;
  return second >= 0 && second <= maxFrameBytes;
}

/** Code 3: a byte of counts, padding, and frames of equal or of signalled lengths. */
function countSignalled(packet: Uint8Array): number | null {
  const counts = packet[1];
  if (counts === undefined) return null;
  const isVariable = (counts & 0x80) !== 0;
  const frameCount = counts & 0x3f;
  if (frameCount === 0) return null;

  const padding = (counts & 0x40) === 0 ? { next: 2, bytes: 0 } : paddingLength(packet);
  if (!padding) return null;
  let at = padding.next;
  const end = packet.byteLength - padding.bytes;
  if (!isVariable) {
    const frameBytes = (end - at) / frameCount;
    const isValid = frameBytes >= 0 && frameBytes <= maxFrameBytes && Number.isInteger(frameBytes);
    return isValid ? frameCount : null;
  }
  let signalledBytes = 0;
  for (let frame = 1; frame < frameCount; frame += 1) {
    const length = frameLength(packet, at);
    if (!length) return null;
    at = length.next;
    signalledBytes += length.bytes;
  }
  const last = end - at - signalledBytes;
  return last >= 0 && last <= maxFrameBytes ? frameCount : null;
}

interface Length {
  readonly bytes: number;
  /** Where what follows it starts. */
  readonly next: number;
}

/** One or two bytes (RFC 6716, section 3.2.1). */
function frameLength(packet: Uint8Array, at: number): Length | null {
  const first = packet[at];
  if (first === undefined) return null;
  if (first < 252) return { bytes: first, next: at + 1 };
  const second = packet[at + 1];
  return second === undefined ? null : { bytes: second * 4 + first, next: at + 2 };
}

/** Bytes of padding behind the frames: each length byte of 255 stands for 254, and another follows. */
function paddingLength(packet: Uint8Array): Length | null {
  let bytes = 0;
  for (let at = 2; at < packet.byteLength; at += 1) {
    const value = packet[at] ?? 0;
    bytes += value === 255 ? 254 : value;
    if (value !== 255) return { bytes, next: at + 1 };
  }
  return null;
}
