import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { speechFormat, type PcmFormat } from './format.ts';
import { parseWav, wavHeader, wavHeaderBytes } from './wav.ts';

const formats = fc.record({
  encoding: fc.constant<PcmFormat['encoding']>('pcm_s16le'),
  sampleRateHz: fc.integer({ min: 1, max: 192_000 }),
  channels: fc.integer({ min: 1, max: 8 }),
});

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

function chunk(id: string, body: Uint8Array, size = body.length): Buffer {
  return Buffer.concat([Buffer.from(id), uint32(size), body, Buffer.alloc(body.length % 2)]);
}

function wav(...chunks: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return Buffer.concat([Buffer.from('RIFF'), uint32(body.length), body]);
}

function formatChunk({ tag = 1, bits = 16, extra = Buffer.alloc(0) } = {}): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(tag, 0);
  body.writeUInt16LE(1, 2);
  body.writeUInt32LE(16_000, 4);
  body.writeUInt32LE(32_000, 8);
  body.writeUInt16LE(2, 12);
  body.writeUInt16LE(bits, 14);
  return chunk('fmt ', Buffer.concat([body, extra]));
}

/** cbSize, valid bits, channel mask, then the GUID of PCM (Microsoft, KSDATAFORMAT_SUBTYPE_PCM). */
const extensible = Buffer.from(
  '1600' + '1000' + '04000000' + '0100000000001000800000aa00389b71',
  'hex',
);

const sound = Buffer.alloc(640, 7);

describe('wav', () => {
  it('reads back every header it writes', () => {
    fc.assert(
      fc.property(formats, fc.nat(10_000), (format, frames) => {
        const byteCount = frames * 2 * format.channels;
        expect(parseWav(wavHeader(format, byteCount), wavHeaderBytes + byteCount)).toEqual({
          kind: 'wav',
          format,
          dataOffset: wavHeaderBytes,
          dataBytes: byteCount,
        });
      }),
    );
  });

  it('writes the canonical header', () => {
    expect(Buffer.from(wavHeader(speechFormat, 640)).toString('hex')).toBe(
      '52494646' +
        'a4020000' +
        '57415645' +
        '666d7420' +
        '10000000' +
        '0100' +
        '0100' +
        '803e0000' +
        '007d0000' +
        '0200' +
        '1000' +
        '64617461' +
        '80020000',
    );
  });

  it('writes a size of 4 GiB and more as unknown', () => {
    const header = Buffer.from(wavHeader(speechFormat, 5 * 2 ** 30));
    expect(header.readUInt32LE(4)).toBe(0xffff_ffff);
    expect(header.readUInt32LE(40)).toBe(0xffff_ffff);
  });

  it.each([
    ['0', 0],
    ['0xFFFFFFFF', 0xffff_ffff],
    ['more than the file', 100_000],
  ])('takes a size of %s for "until the end of the file"', (_, size) => {
    const file = wav(formatChunk(), chunk('data', sound, size));
    expect(parseWav(file)).toMatchObject({ kind: 'wav', dataOffset: 44, dataBytes: 640 });
  });

  it('passes over unknown chunks, odd ones with their pad byte', () => {
    const file = wav(chunk('LIST', Buffer.alloc(27)), formatChunk(), chunk('data', sound));
    expect(parseWav(file)).toMatchObject({ kind: 'wav', dataOffset: 80, dataBytes: 640 });
  });

  it('finds a format that comes after the sound', () => {
    expect(parseWav(wav(chunk('data', sound), formatChunk()))).toMatchObject({
      kind: 'wav',
      dataOffset: 20,
      dataBytes: 640,
    });
  });

  it('leaves out what follows the sound, and a torn sample', () => {
    const file = wav(formatChunk(), chunk('data', sound.subarray(0, 639)), chunk('LIST', sound));
    expect(parseWav(file)).toMatchObject({ kind: 'wav', dataBytes: 638 });
  });

  it('reads WAVE_FORMAT_EXTENSIBLE', () => {
    const file = wav(formatChunk({ tag: 0xfffe, extra: extensible }), chunk('data', sound));
    expect(parseWav(file)).toMatchObject({ kind: 'wav', format: speechFormat, dataBytes: 640 });
  });

  it.each([
    ['no WAV file', Buffer.from('OggS and so on and so on'), 'not-wav'],
    ['an empty file', Buffer.alloc(0), 'not-wav'],
    ['24 bits', wav(formatChunk({ bits: 24 }), chunk('data', sound)), 'unsupported'],
    ['floating point', wav(formatChunk({ tag: 3, bits: 32 }), chunk('data', sound)), 'unsupported'],
    ['extensible without its sub-format', wav(formatChunk({ tag: 0xfffe })), 'unsupported'],
    ['no sound', wav(formatChunk()), 'incomplete'],
    ['no format', wav(chunk('data', sound)), 'incomplete'],
    ['a torn format', wav(formatChunk()).subarray(0, 30), 'incomplete'],
  ])('says why not: %s', (_, bytes, reason) => {
    expect(parseWav(bytes)).toEqual({ kind: 'invalid', reason });
  });

  it('answers any bytes with a result that lies within them', () => {
    const whole = wav(
      chunk('LIST', Buffer.alloc(5)),
      formatChunk({ tag: 0xfffe, extra: extensible }),
      chunk('data', sound),
    );
    const mutated = fc
      .tuple(fc.array(fc.tuple(fc.nat(120), fc.nat(255))), fc.nat(whole.length))
      .map(([changes, length]) => {
        const bytes = Uint8Array.from(whole.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const parsed = parseWav(bytes);
        if (parsed.kind === 'invalid') return;
        expect(parsed.dataBytes).toBeGreaterThanOrEqual(0);
        expect(parsed.dataOffset + parsed.dataBytes).toBeLessThanOrEqual(bytes.length);
        expect(parsed.dataBytes % (2 * parsed.format.channels)).toBe(0);
      }),
      { numRuns: 5000 },
    );
  });
});
