import { Encoder } from '@evan/opus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lostPacketLike, opusPacketDurationMs } from '../../audio/index.ts';
import { createDecoding } from './decoding.ts';
import type { Parcel } from './parcel.ts';

const frameSamples = 320;

/** Frames of a tone that swells and fades. */
function tone(frames: number): { readonly pcm: Int16Array; readonly packets: Uint8Array[] } {
  const encoder = new Encoder({ channels: 1, sample_rate: 16_000, application: 'audio' });
  const pcm = Int16Array.from({ length: frames * frameSamples }, (_, at) => {
    const seconds = at / 16_000;
    return 9000 * Math.sin(2 * Math.PI * 440 * seconds) * (0.6 + 0.4 * Math.sin(9 * seconds));
  });
  const packets = Array.from({ length: frames }, (_, frame) =>
    Uint8Array.from(encoder.encode(pcm.slice(frame * frameSamples, (frame + 1) * frameSamples))),
  );
  return { pcm, packets };
}

function parcel(
  parts: readonly (readonly [key: number, packets: readonly Uint8Array[]])[],
  closed: readonly number[] = [],
): Parcel {
  const all = parts.flatMap(([, packets]) => packets);
  return {
    closed,
    parts: parts.map(([key, packets]) => ({ key, packetCount: packets.length })),
    lengths: Uint32Array.from(all, (packet) => packet.byteLength),
    packets: Uint8Array.from(all.flatMap((packet) => [...packet])),
  };
}

/** How loud the difference is, beside the first; 1 is as loud. */
function difference(a: Int16Array, b: Int16Array): number {
  const energy = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);
  const differences = [...a].map((value, at) => value - (b[at] ?? 0));
  return Math.sqrt(energy(differences) / energy([...a]));
}

describe('decoding', () => {
  it('gives what was encoded', () => {
    const { pcm, packets } = tone(50);
    const decoded = createDecoding().decode(parcel([[1, packets]]));
    expect(decoded).toMatchObject({ sampleCounts: [pcm.length], failedPackets: 0 });
    // An encoder looks ahead by some 6.5 ms.
    const delay = 104;
    const heard = decoded.samples.subarray(3200 + delay, 12_800 + delay);
    expect(difference(pcm.subarray(3200, 12_800), heard)).toBeLessThan(0.1);
  });

  it('keeps streams apart, and goes on with each from parcel to parcel', () => {
    const { packets } = tone(20);
    const alone = createDecoding().decode(parcel([[1, packets]]));
    const decoding = createDecoding();
    const parts: Int16Array[] = [];
    for (let at = 0; at < 20; at += 5) {
      const others = packets.toReversed().slice(at, at + 5);
      const { samples } = decoding.decode(
        parcel([
          [1, packets.slice(at, at + 5)],
          [2, others],
        ]),
      );
      parts.push(samples.subarray(0, 5 * frameSamples));
    }
    expect(Int16Array.from(parts.flatMap((part) => [...part]))).toEqual(alone.samples);
  });

  it('starts a stream anew once it was closed', () => {
    const { packets } = tone(10);
    const decoding = createDecoding();
    const first = decoding.decode(parcel([[1, packets]], [1]));
    const second = decoding.decode(parcel([[1, packets]]));
    expect(second.samples).toEqual(first.samples);
  });

  it('conceals a lost packet better than silence does', () => {
    const { packets } = tone(40);
    const whole = createDecoding().decode(parcel([[1, packets]])).samples;
    const holed = packets.map((packet, index) => (index === 20 ? lostPacketLike(packet) : packet));
    const decoded = createDecoding().decode(parcel([[1, holed]]));
    expect(decoded.failedPackets).toBe(0);
    expect(decoded.samples).toHaveLength(whole.length);
    const at = (samples: Int16Array) => samples.subarray(20 * frameSamples, 21 * frameSamples);
    expect(difference(at(whole), at(decoded.samples))).toBeLessThan(0.7);
  });

  it('makes silence of what cannot be decoded, counts it, and goes on', () => {
    const { packets } = tone(10);
    const tooLong = new Uint8Array(2 + 12 * 1000).fill(1);
    tooLong.set([(22 << 3) | 3, 12]);
    expect(opusPacketDurationMs(tooLong)).toBe(120);
    const decoded = createDecoding().decode(parcel([[1, [tooLong, ...packets]]]));
    expect(decoded.failedPackets).toBe(1);
    expect(decoded.samples.subarray(0, 1920)).toEqual(new Int16Array(1920));
    expect(decoded.samples.subarray(1920)).toEqual(
      createDecoding().decode(parcel([[1, packets]])).samples,
    );
  });

  it('survives any packets and gives exactly their duration', () => {
    const decoding = createDecoding();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 })), (packets) => {
        const { samples } = decoding.decode(parcel([[7, packets]]));
        const durationMs = packets.reduce(
          (sum, packet) => sum + (opusPacketDurationMs(packet) ?? 0),
          0,
        );
        expect(samples).toHaveLength(durationMs * 16);
      }),
      { numRuns: 300 },
    );
    const { packets } = tone(10);
    const after = decoding.decode(parcel([[8, packets]]));
    expect(after.samples).toEqual(createDecoding().decode(parcel([[1, packets]])).samples);
  });
});
