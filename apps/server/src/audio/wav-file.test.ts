import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openWavFile } from './wav-file.ts';

interface Layout {
  readonly tag: number;
  readonly bits: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly isExtensible?: boolean;
}

/** A WAV file of any layout; `declaredBytes` is what its header says of the sound. */
function wavOf(layout: Layout, data: Uint8Array, declaredBytes = data.byteLength): Buffer {
  const { tag, bits, channels = 1, rate = 16_000, isExtensible = false } = layout;
  const format = Buffer.alloc(isExtensible ? 40 : 16);
  format.writeUInt16LE(isExtensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE((rate * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (isExtensible) format.writeUInt16LE(tag, 24);
  return Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WAVE'),
    chunk('LIST', Buffer.from('odd'), 3),
    chunk('fmt ', format, format.length),
    chunk('data', data, declaredBytes),
  ]);
}

function chunk(id: string, body: Uint8Array, declaredBytes: number): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(declaredBytes, 4);
  return Buffer.concat([head, body, Buffer.alloc(id === 'data' ? 0 : body.byteLength % 2)]);
}

/** The sound of a file as samples, handed over in pieces of `pieceBytes`. */
async function samplesOf(file: Buffer, pieceBytes = 7): Promise<number[]> {
  const wav = openWavFile(file, file.length);
  if (!wav) throw new Error('not taken');
  const data = file.subarray(wav.dataOffset, wav.dataOffset + wav.dataBytes);
  const pieces = (async function* () {
    for (let at = 0; at < data.length; at += pieceBytes) yield data.subarray(at, at + pieceBytes);
  })();
  const pcm = Buffer.concat(await Array.fromAsync(wav.convert(pieces)));
  return Array.from({ length: pcm.length / 2 }, (_, index) => pcm.readInt16LE(index * 2));
}

const pcm = 1;
const float = 3;
const levels = [0, 0.5, -0.5, 0.25, -1];
const expected = [0, 16_384, -16_384, 8192, -32_768];

function encode(bits: number, isFloat: boolean): Buffer {
  const bytes = Buffer.alloc((levels.length * bits) / 8);
  levels.forEach((level, index) => {
    const at = (index * bits) / 8;
    if (isFloat && bits === 32) bytes.writeFloatLE(level, at);
    else if (isFloat) bytes.writeDoubleLE(level, at);
    else if (bits === 8) bytes.writeUInt8(level * 128 + 128, at);
    else bytes.writeIntLE(level * 2 ** (bits - 1), at, bits / 8);
  });
  return bytes;
}

describe('a WAV file', () => {
  it.each([
    [pcm, 8],
    [pcm, 16],
    [pcm, 24],
    [pcm, 32],
    [float, 32],
    [float, 64],
  ])('of format %i with %i bits becomes 16 bits', async (tag, bits) => {
    for (const isExtensible of [false, true]) {
      const file = wavOf({ tag, bits, isExtensible }, encode(bits, tag === float));
      expect(await samplesOf(file)).toEqual(expected);
    }
  });

  it('of several channels becomes their mean', async () => {
    const stereo = Buffer.from(new Int16Array([1000, 3000, -200, 200]).buffer);
    expect(await samplesOf(wavOf({ tag: pcm, bits: 16, channels: 2 }, stereo))).toEqual([2000, 0]);
  });

  it('of another rate keeps its duration', async () => {
    const second = Buffer.alloc(2 * 44_100);
    const file = wavOf({ tag: pcm, bits: 16, rate: 44_100 }, second);
    expect(openWavFile(file, file.length)?.durationMs).toBe(1000);
    expect(await samplesOf(file, 1001)).toHaveLength(16_000);
  });

  it('whose header is wrong about its size is read to its end', async () => {
    for (const declared of [0, 0xffff_ffff, 0x7fff_f000, 999]) {
      const file = wavOf({ tag: pcm, bits: 16 }, encode(16, false), declared);
      expect(await samplesOf(file), String(declared)).toEqual(expected);
    }
  });

  it('that was cut off in the middle of a sample loses that sample alone', async () => {
    const file = wavOf({ tag: pcm, bits: 24, channels: 2 }, Buffer.alloc(6 * 4 + 5), 6000);
    expect(await samplesOf(file)).toHaveLength(4);
  });

  it('with floats beyond full scale, or that are no numbers, is clipped', async () => {
    const wild = Buffer.from(new Float32Array([2, -9, NaN, Infinity, -Infinity]).buffer);
    expect(await samplesOf(wavOf({ tag: float, bits: 32 }, wild))).toEqual([
      32_767, -32_768, 0, 32_767, -32_768,
    ]);
  });

  it('of another kind is left to somebody else', () => {
    const others: readonly Layout[] = [
      { tag: 2, bits: 4 },
      { tag: 7, bits: 8 },
      { tag: pcm, bits: 16, channels: 0 },
      { tag: pcm, bits: 16, channels: 65 },
      { tag: pcm, bits: 16, rate: 0 },
      { tag: pcm, bits: 64 },
      { tag: float, bits: 16 },
    ];
    for (const layout of others) {
      const file = wavOf(layout, Buffer.alloc(64));
      expect(openWavFile(file, file.length), JSON.stringify(layout)).toBeNull();
    }
  });

  it('may be any bytes without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(60), (noise, at) => {
        const file = wavOf({ tag: pcm, bits: 16 }, Buffer.alloc(20));
        file.set(noise.subarray(0, Math.max(0, file.length - at)), at);
        const wav = openWavFile(file, file.length);
        if (!wav) return;
        expect(wav.dataOffset + wav.dataBytes).toBeLessThanOrEqual(file.length);
        expect(wav.durationMs).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});
