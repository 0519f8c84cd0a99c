import fc from 'fast-check';
import { Decoder } from '@evan/opus';
import { describe, expect, it } from 'vitest';
import { isLostPacket, lostPacketLike, maxPacketMs, opusPacketDurationMs } from './opus-packet.ts';

const packet = (...bytes: readonly number[]) => Uint8Array.from(bytes);
/** Configuration 23: CELT, wideband, 20 ms. */
const toc = (code: number, config = 23) => (config << 3) | code;
const filled = (length: number) => Array.from({ length }, () => 7);

describe('the duration of an Opus packet', () => {
  it('is that of its configuration (RFC 6716, table 2)', () => {
    const durations = Array.from({ length: 32 }, (_, config) =>
      opusPacketDurationMs(packet(toc(0, config), 1)),
    );
    const silk = [10, 20, 40, 60];
    const celt = [2.5, 5, 10, 20];
    expect(durations).toEqual([
      ...[silk, silk, silk].flat(),
      ...[10, 20, 10, 20],
      ...[celt, celt, celt, celt].flat(),
    ]);
  });

  it('counts the frames', () => {
    expect(opusPacketDurationMs(packet(toc(1), ...filled(10)))).toBe(40);
    expect(opusPacketDurationMs(packet(toc(2), 3, ...filled(10)))).toBe(40);
    expect(opusPacketDurationMs(packet(toc(3), 5, ...filled(10)))).toBe(100);
    expect(opusPacketDurationMs(packet(toc(3), 0x83, 2, 3, ...filled(9)))).toBe(60);
    expect(opusPacketDurationMs(packet(toc(3), 0x42, 4, ...filled(6 + 4)))).toBe(40);
  });

  it.each([
    ['nothing', packet()],
    ['two frames of equal size in an odd number of bytes', packet(toc(1), 1)],
    ['a first frame longer than the packet', packet(toc(2), 9, 1)],
    ['a second frame without its length', packet(toc(2))],
    ['no count', packet(toc(3))],
    ['no frames', packet(toc(3), 0)],
    ['more than 120 ms', packet(toc(3), 7, ...filled(7))],
    ['a remainder', packet(toc(3), 2, ...filled(5))],
    ['padding longer than the packet', packet(toc(3), 0x41, 200, 1)],
    ['padding without end', packet(toc(3), 0x41, 255, 255)],
    ['a frame above 1275 bytes', packet(toc(0), ...filled(1276))],
  ])('is none where there is %s', (_, bytes) => {
    expect(opusPacketDurationMs(bytes)).toBeNull();
  });

  it('of a lost packet is that of one frame of those around it', () => {
    for (const code of [0, 1, 2, 3]) {
      const lost = lostPacketLike(packet(toc(code, 31), 3, 9, 9));
      expect(isLostPacket(lost)).toBe(true);
      expect(opusPacketDurationMs(lost)).toBe(20);
    }
  });
});

describe('beside a real decoder', () => {
  const decoder = new Decoder({ channels: 1, sample_rate: 16_000 });
  /** 0 for a packet that it refuses. */
  const decodedSamples = (bytes: Uint8Array): number => {
    try {
      return decoder.decode(bytes).byteLength / 2;
    } catch {
      return 0;
    }
  };

  it('every packet is taken or refused alike, and lasts as long', () => {
    const anyPacket = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      // Frames of signalled lengths, where most of the rules are.
      fc
        .tuple(fc.integer({ min: 0, max: 31 }), fc.uint8Array({ minLength: 0, maxLength: 60 }))
        .map(([config, rest]) => packet(toc(3, config), ...rest)),
    );
    fc.assert(
      fc.property(anyPacket, (bytes) => {
        const durationMs = opusPacketDurationMs(bytes);
        expect(durationMs === null ? 0 : durationMs * 16).toBe(decodedSamples(bytes));
        if (durationMs !== null) expect(durationMs).toBeLessThanOrEqual(maxPacketMs);
      }),
      { numRuns: 5000 },
    );
  });

  it('a lost packet lasts as long as one frame', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (first) => {
        const lost = lostPacketLike(packet(first));
        expect(decodedSamples(lost)).toBe((opusPacketDurationMs(lost) ?? 0) * 16);
      }),
    );
  });
});
