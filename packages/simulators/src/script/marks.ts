/**
 * Marks in sound, by which a simulated recogniser knows where in its script any stretch of it comes from, however it was
 * cut and sent again. They stand in the lowest bit of each 16-bit sample, so speech stays speech; only a lossless way
 * keeps them.
 */

const samplesPerMs = 16;
/** One mark: 16 bits to find it by, its number, and a check. */
const markSamples = 64;
const syncBits = 0xd391;
const positionBits = 32;

/** A copy of `pcm` (16 kHz mono s16le) with the marks of a stretch that begins at `startMs` of the script. */
export function markSound(pcm: Uint8Array, startMs: number): Uint8Array {
  const marked = Uint8Array.from(pcm);
  const firstSample = Math.round(startMs * samplesPerMs);
  for (let sample = 0; 2 * sample + 1 < marked.length; sample += 1) {
    const at = firstSample + sample;
    const bit = bitOf(Math.floor(at / markSamples), at % markSamples);
    marked[2 * sample] = ((marked[2 * sample] ?? 0) & 0xfe) | bit;
  }
  return marked;
}

/**
 * Where in the script the first sample of `pcm` comes from, ms; null when there is no whole mark in it, as there is in
 * any 8 ms of marked sound.
 */
export function markedPositionMs(pcm: Uint8Array): number | null {
  const bits = lowestBits(pcm);
  for (let offset = 0; offset < markSamples; offset += 1) {
    const mark = markAt(bits, offset);
    if (mark !== null) return (mark * markSamples - offset) / samplesPerMs;
  }
  return null;
}

function bitOf(mark: number, index: number): number {
  if (index < 16) return (syncBits >>> index) & 1;
  if (index < 16 + positionBits) return (mark >>> (index - 16)) & 1;
  return (checkOf(mark) >>> (index - 16 - positionBits)) & 1;
}

function checkOf(mark: number): number {
  return (Math.imul(mark, 0x9e3779b1) >>> 16) ^ 0x5aa5;
}

/** Of as many samples as a mark may need from any offset. */
function lowestBits(pcm: Uint8Array): Uint8Array {
  const sampleCount = Math.min(2 * markSamples, Math.floor(pcm.length / 2));
  return Uint8Array.from({ length: sampleCount }, (_, sample) => (pcm[2 * sample] ?? 0) & 1);
}

function markAt(bits: Uint8Array, offset: number): number | null {
  if (offset + markSamples > bits.length) return null;
  const read = (from: number, count: number): number => {
    let value = 0;
    for (let index = count - 1; index >= 0; index -= 1) {
      value = value * 2 + (bits[offset + from + index] ?? 0);
    }
    return value;
  };
  if (read(0, 16) !== syncBits) return null;
  const mark = read(16, positionBits);
  return read(16 + positionBits, 16) === checkOf(mark) ? mark : null;
}
