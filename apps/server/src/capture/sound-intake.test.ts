import { describe, expect, it } from 'vitest';
import { opusFormat, speechFormat } from '../audio/index.ts';
import { noise } from './fakes.ts';
import { createSoundIntake } from './sound-intake.ts';
import { plainPcm, type PayloadFormat } from './socket-headers.ts';

const opus: PayloadFormat = { codec: 'opus' };
const toc20ms = 0xb8;
const toc10ms = 0xb0;
const opusPacket = (toc: number, byteCount: number, seed = 1) => {
  const packet = Uint8Array.from(noise(byteCount, seed));
  packet[0] = toc;
  return packet;
};

describe('Opus packets', () => {
  it('are kept as they arrived, with their numbers', () => {
    const intake = createSoundIntake(opus, false);
    const packet = opusPacket(toc20ms, 40);
    expect(intake.format).toBe(opusFormat);
    expect(intake.take(packet, 5)).toEqual({
      frames: [{ bytes: packet, seq: 5, lostBeforeMs: 0 }],
      fault: null,
    });
    expect(intake.flush()).toEqual([]);
  });

  it.each([
    ['of 10 ms', toc10ms, 30],
    ['of 20 ms', toc20ms, 60],
  ])('of a pendant show how long the loss before them was: frames %s', (_, toc, lostMs) => {
    const intake = createSoundIntake(opus, true);
    const send = (index: number) =>
      intake.take(Uint8Array.of(index, 0, 0, ...opusPacket(toc, 40, index)), null).frames;
    expect(send(1)).toEqual([]);
    expect(send(2)).toEqual([{ bytes: opusPacket(toc, 40, 1), seq: null, lostBeforeMs: 0 }]);
    expect(send(6)).toMatchObject([{ lostBeforeMs: 0 }]);
    expect(intake.flush()).toEqual([
      { bytes: opusPacket(toc, 40, 6), seq: null, lostBeforeMs: lostMs },
    ]);
  });

  it('that nobody can read are left out, and what follows is not', () => {
    const intake = createSoundIntake(opus, false);
    for (const bad of [opusPacket(0xbb, 1), opusPacket(0xb8, 5000), opusPacket(0xb8, 20_000)]) {
      expect(intake.take(bad, null)).toMatchObject({
        frames: [],
        fault: { code: 'undecodable_packet' },
      });
    }
    expect(intake.take(opusPacket(toc20ms, 40), null).frames).toHaveLength(1);
  });
});

describe('PCM', () => {
  it('loses the dangling byte of an odd count and keeps whole samples', () => {
    const step = createSoundIntake(plainPcm, false).take(noise(641), null);
    expect(step.frames[0]?.bytes).toEqual(noise(641).subarray(0, 640));
    expect(step.fault?.code).toBe('odd_byte_count');
  });

  it('of another layout becomes 16 kHz mono 16-bit; each sound is known by its last number', () => {
    const layout = { codec: 'pcm', sampleRateHz: 48_000, bytesPerSample: 4, channels: 2 } as const;
    const intake = createSoundIntake(layout, false);
    expect(intake.format).toBe(speechFormat);
    const frames = [1, 2, 3].flatMap((seq) => intake.take(noise(48 * 8 * 20, seq), seq).frames);
    frames.push(...intake.flush());
    expect(Buffer.concat(frames.map(({ bytes }) => bytes))).toHaveLength(16 * 60 * 2);
    expect(frames.map(({ seq }) => seq)).toEqual([1, 2, 3, null]);
  });

  it('of a pendant is put together from its fragments', () => {
    const intake = createSoundIntake(plainPcm, true);
    const pcm = noise(320);
    intake.take(Uint8Array.of(0, 0, 0, ...pcm.subarray(0, 161)), null);
    intake.take(Uint8Array.of(1, 0, 1, ...pcm.subarray(161)), null);
    expect(intake.flush().map(({ bytes }) => [...bytes])).toEqual([[...pcm]]);
  });
});

describe('Opus packets on a PCM address', () => {
  const sizes = [38, 41, 37, 44, 40, 39];
  const packets = sizes.map((size, seed) => opusPacket(toc20ms, size, seed));

  it('are recognised after a few, and all of them kept as they arrived', () => {
    const intake = createSoundIntake(plainPcm, false);
    const steps = packets.map((packet, index) => intake.take(packet, index + 1));
    expect(steps.map(({ frames }) => frames.length)).toEqual([0, 0, 0, 4, 1, 1]);
    expect(steps.map(({ fault }) => fault)).toEqual(sizes.map(() => null));
    expect(intake.format).toBe(opusFormat);
    expect(steps.flatMap(({ frames }) => frames)).toEqual(
      packets.map((bytes, index) => ({ bytes, seq: index + 1, lostBeforeMs: 0 })),
    );
    expect(intake.flush()).toEqual([]);
  });

  it('are kept also when there are only a few', () => {
    const intake = createSoundIntake(plainPcm, false);
    for (const packet of packets.slice(0, 3)) intake.take(packet, null);
    expect(intake.flush().map(({ bytes }) => bytes)).toEqual(packets.slice(0, 3));
    expect(intake.format).toBe(opusFormat);
  });

  it.each([
    ['short frames of noise', (frame: number) => noise(40, frame * 7919 + 1)],
    ['silence in odd pieces', () => new Uint8Array(33)],
    ['20 ms frames that begin alike', () => opusPacket(toc20ms, 640)],
    ['whole samples that begin alike', () => opusPacket(toc20ms, 64)],
  ])('are not seen in %s', (_, payload) => {
    const intake = createSoundIntake(plainPcm, false);
    const sent = Array.from({ length: 50 }, (_, frame) => payload(frame));
    const frames = sent.flatMap((bytes) => intake.take(bytes, null).frames);
    expect(intake.format).toBe(speechFormat);
    expect(Buffer.concat(frames.map(({ bytes }) => bytes))).toEqual(
      Buffer.concat(sent.map((bytes) => bytes.subarray(0, bytes.byteLength & ~1))),
    );
  });

  it('leave short PCM that was held back whole', () => {
    const intake = createSoundIntake(plainPcm, false);
    const sent = [opusPacket(toc20ms, 64), opusPacket(toc20ms, 80), noise(640)];
    expect(intake.take(sent[0]!, 1).frames).toEqual([]);
    expect(intake.take(sent[1]!, 2).frames).toEqual([]);
    expect(intake.take(sent[2]!, 3).frames.map(({ bytes, seq }) => [seq, bytes])).toEqual(
      sent.map((bytes, index) => [index + 1, bytes]),
    );
  });
});

describe('100,000 mutated packets', () => {
  it.each([
    ['Opus', opus, false],
    ['Opus with headers', opus, true],
    ['PCM', plainPcm, false],
    ['wide PCM', { ...plainPcm, sampleRateHz: 44_100, bytesPerSample: 3, channels: 2 }, false],
    ['PCM with headers', plainPcm, true],
  ] as const)('never throw, and make only what a capture can hold: %s', (_, format, hasHeader) => {
    const intake = createSoundIntake(format, hasHeader);
    let random = 1;
    const next = (below: number) => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return (random >>> 8) % below;
    };
    for (let count = 0; count < 20_000; count += 1) {
      const packet = Buffer.from(opusPacket(toc20ms, 1 + next(80), count));
      for (let flips = next(4); flips > 0; flips -= 1) packet[next(packet.length)] = next(256);
      for (const frame of intake.take(packet.subarray(0, next(90)), null).frames) {
        expect(frame.bytes.byteLength).toBeGreaterThan(0);
        expect(frame.lostBeforeMs).toBeGreaterThanOrEqual(0);
        if (intake.format === speechFormat) expect(frame.bytes.byteLength % 2).toBe(0);
      }
    }
  });
});
