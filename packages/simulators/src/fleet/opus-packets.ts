import { Encoder } from '@evan/opus';
import { frameBytes, frameMs } from './pcm-frames.ts';
import { seededRandom } from './random.ts';

const poolMs = 30_000;
const samplesPerFrame = frameBytes / 2;
/** Stretches of 400 ms to 1.6 s, so that a detector of speech has beginnings and ends to find. */
const stretchFrames = { least: 20, spread: 60 };
/** Devices start at different places, so that they do not all sound at once. */
const deviceStride = 37;

/**
 * 30 s of Opus packets of 20 ms: voiced tones, noise and near silence in turn. The same each time; no two packets
 * are alike, so that a packet tells its place.
 */
export function opusPackets(): readonly Uint8Array<ArrayBuffer>[] {
  const encoder = new Encoder({ channels: 1, sample_rate: 16_000, application: 'voip' });
  const random = seededRandom(1);
  const packets: Uint8Array<ArrayBuffer>[] = [];
  let left = 0;
  let kind = 0;
  let pitchHz = 120;
  while (packets.length < poolMs / frameMs) {
    if (left === 0) {
      left = stretchFrames.least + Math.floor(random() * stretchFrames.spread);
      kind = (kind + 1) % 3;
      pitchHz = 90 + random() * 150;
    }
    left -= 1;
    const samples = new Int16Array(samplesPerFrame);
    const first = packets.length * samplesPerFrame;
    for (let index = 0; index < samplesPerFrame; index += 1) {
      samples[index] = sampleAt((first + index) / 16_000, kind, pitchHz, random());
    }
    packets.push(new Uint8Array(encoder.encode(new Uint8Array(samples.buffer))));
  }
  return packets;
}

function sampleAt(seconds: number, kind: number, pitchHz: number, random: number): number {
  const noise = random - 0.5;
  if (kind === 0) return Math.round(noise * 200);
  if (kind === 1) return Math.round(noise * 6000);
  let voice = 0;
  for (let harmonic = 1; harmonic <= 8; harmonic += 1) {
    voice += Math.sin(2 * Math.PI * pitchHz * harmonic * seconds) / harmonic;
  }
  return Math.round(4000 * voice * (0.6 + 0.4 * Math.sin(25 * seconds)) + noise * 400);
}

/** Where in the pool the packet of a device's frame is. */
export function packetIndex(device: number, frame: number, poolSize: number): number {
  return (device * deviceStride + frame) % poolSize;
}
