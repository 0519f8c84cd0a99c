/** 20 ms of 16 kHz 16-bit mono. */
export const frameMs = 20;
export const frameBytes = 640;

const magic = 0x4672;
const headerBytes = 8;
/** Laid over the numbers, so that no sample of a frame is 0, which is what the server fills gaps with. */
const deviceMask = 0x5a5a;
const frameMask = 0x5a5a5a5a;

/**
 * A frame that says of itself which device made it (below 65,536) and which number it has, from 0. The rest is quiet noise
 * that follows from both, so that a single changed bit shows.
 */
export function pcmFrame(device: number, frame: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frameBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, magic, true);
  view.setUint16(2, device ^ deviceMask, true);
  view.setUint32(4, (frame ^ frameMask) >>> 0, true);
  let noise = (Math.imul(frame + 1, 0x9e3779b1) ^ Math.imul(device + 1, 0x85ebca6b)) | 1;
  for (let at = headerBytes; at < frameBytes; at += 2) {
    noise ^= noise << 13;
    noise ^= noise >>> 17;
    noise ^= noise << 5;
    view.setInt16(at, (noise & 0x1ff) - 256 || 1, true);
  }
  return bytes;
}

/** Which frame begins at `at`, as far as its header can tell; null when none does. */
export function frameNumberAt(pcm: Uint8Array, at: number, device: number): number | null {
  if (at + headerBytes > pcm.length) return null;
  const view = new DataView(pcm.buffer, pcm.byteOffset + at, headerBytes);
  const isOurs =
    view.getUint16(0, true) === magic && view.getUint16(2, true) === (device ^ deviceMask);
  return isOurs ? (view.getUint32(4, true) ^ frameMask) >>> 0 : null;
}
