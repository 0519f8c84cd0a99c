import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { opusFormat, speechFormat } from '../../audio/index.ts';
import type { LosslessCodec, Segment } from '../../capture/index.ts';
import { ffmpegFlac } from '../ffmpeg/index.ts';
import { packedSegments } from './packed-segments.ts';
import { segmentFiles } from './segment-files.ts';
import { segmentInspection } from './segment-inspection.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const captureId = captureIdSchema.parse('c'.repeat(32));
const never = new AbortController().signal;
const flac = ffmpegFlac();

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'packed-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Speech-like: a few tones with noise, which packs to less. */
function sound(samples: number): Uint8Array {
  const pcm = new Int16Array(samples);
  for (let at = 0; at < samples; at += 1) {
    const tone = Math.sin(at / 9) * 6000 + Math.sin(at / 31) * 3000;
    pcm[at] = Math.round(tone + ((at * 7919) % 61));
  }
  return new Uint8Array(pcm.buffer);
}

async function recorded(pcm: Uint8Array, index = 0): Promise<Segment> {
  const ref = { userId, captureId, index };
  const file = await segmentFiles(dataDir).create(ref, speechFormat);
  await file.append([pcm], null);
  const byteCount = await file.seal();
  const durationMs = byteCount / 32;
  return { ...ref, startMs: 0, byteCount, durationMs, gaps: [], lastSeq: null, isSealed: true };
}

const open = (codec: LosslessCodec = flac) =>
  packedSegments({ files: segmentFiles(dataDir), dataDir, codec });

const filesThere = async (): Promise<readonly string[]> =>
  (await readdir(join(dataDir, 'audio', userId, captureId)).catch(() => [])).sort();

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}

describe('packing a segment', () => {
  it('leaves a smaller FLAC in place of the WAV, and every byte of the sound', async () => {
    const pcm = sound(160_000);
    const segment = await recorded(pcm);
    const files = open();

    const packed = await files.pack(segment, speechFormat, never);

    expect(await filesThere()).toEqual(['000000.flac']);
    if (packed.kind !== 'packed') throw new Error(packed.kind);
    expect(packed.fileBytes).toBeLessThan(pcm.byteLength * 0.8);
    expect((await collect(files.read(segment, 0, Infinity))).equals(pcm)).toBe(true);
    expect(await files.size(segment)).toBe(pcm.byteLength);
  });

  it('gives any range of a packed segment as of the original', async () => {
    const pcm = sound(70_000);
    const segment = await recorded(pcm);
    const files = open();
    await files.pack(segment, speechFormat, never);
    await fc.assert(
      fc.asyncProperty(fc.nat(150_000), fc.nat(150_000), async (a, b) => {
        const [start, end] = a < b ? [a, b] : [b, a];
        const read = await collect(files.read(segment, start, end));
        expect(read.equals(pcm.subarray(start, end))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps sound of every kind: silence, full scale, one sample', async () => {
    const files = open();
    const loud = new Int16Array(4000).map((_, at) => (at % 2 === 0 ? 32_767 : -32_768));
    const kinds = [new Uint8Array(64_000), new Uint8Array(loud.buffer), Uint8Array.of(1, 2)];
    for (const [index, pcm] of kinds.entries()) {
      const segment = await recorded(pcm, index);
      await files.pack(segment, speechFormat, never);
      expect((await collect(files.read(segment, 0, Infinity))).equals(pcm)).toBe(true);
    }
    expect(await filesThere()).toEqual(['000000.flac', '000001.flac', '000002.flac']);
  });

  it('leaves the original when what was packed does not come back the same', async () => {
    const pcm = sound(1000);
    const segment = await recorded(pcm);
    const lossy: LosslessCodec = {
      ...flac,
      decode: async (path, signal) => (await flac.decode(path, signal)).fill(0, 10, 12),
    };
    const files = open(lossy);
    await expect(files.pack(segment, speechFormat, never)).rejects.toThrow('come back');
    expect(await filesThere()).toEqual(['000000.wav']);
    expect((await collect(files.read(segment, 0, Infinity))).equals(pcm)).toBe(true);
  });

  it('leaves a file alone that holds less or more than its record says', async () => {
    const segment = await recorded(sound(1000));
    const files = open();
    for (const byteCount of [1998, 2002]) {
      const packed = await files.pack({ ...segment, byteCount }, speechFormat, never);
      expect(packed.kind).toBe('mismatch');
    }
    expect(await filesThere()).toEqual(['000000.wav']);
  });

  it('is finished by a second run, wherever the first was killed', async () => {
    const pcm = sound(5000);
    const segment = await recorded(pcm);
    const directory = join(dataDir, 'audio', userId, captureId);
    const wav = await readFile(join(directory, '000000.wav'));
    await open().pack(segment, speechFormat, never);
    const whole = await readFile(join(directory, '000000.flac'));

    const torn = whole.subarray(0, 700);
    const states: Readonly<Record<string, Readonly<Record<string, Buffer>>>> = {
      'while encoding': { '000000.wav': wav, '000000.flac.part': torn },
      'before the name': { '000000.wav': wav, '000000.flac.part': whole },
      'before the original went': { '000000.wav': wav, '000000.flac': whole },
      'at the end': { '000000.flac': whole },
    };
    for (const [state, left] of Object.entries(states)) {
      for (const name of await filesThere()) await rm(join(directory, name));
      for (const [name, bytes] of Object.entries(left)) {
        await writeFile(join(directory, name), bytes);
      }
      const files = open();
      expect((await collect(files.read(segment, 0, Infinity))).equals(pcm), state).toBe(true);
      expect((await files.pack(segment, speechFormat, never)).kind, state).toBe('packed');
      expect(await filesThere(), state).toEqual(['000000.flac']);
      expect((await collect(files.read(segment, 0, Infinity))).equals(pcm), state).toBe(true);
    }
  });

  it('reads on while the segment is packed under the reader', async () => {
    const pcm = sound(200_000);
    const segment = await recorded(pcm);
    const files = open();
    const chunks = files.read(segment, 0, Infinity)[Symbol.asyncIterator]();
    const first = await chunks.next();
    await files.pack(segment, speechFormat, never);
    const rest = await Array.fromAsync({ [Symbol.asyncIterator]: () => chunks });
    expect(Buffer.concat([first.value, ...rest]).equals(pcm)).toBe(true);
  });

  it('decodes once for many readers, and no longer what was removed', async () => {
    const segment = await recorded(sound(5000));
    let decodes = 0;
    const counting: LosslessCodec = {
      ...flac,
      decode: (path, signal) => {
        decodes += 1;
        return flac.decode(path, signal);
      },
    };
    await open().pack(segment, speechFormat, never);
    const files = open(counting);
    await Promise.all(Array.from({ length: 5 }, () => collect(files.read(segment, 0, 100))));
    await collect(files.read(segment, 50, 100));
    expect(decodes).toBe(1);
    await files.remove(segment);
    expect(await filesThere()).toEqual([]);
    await expect(collect(files.read(segment, 0, 1))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says that packing is not possible where the program is missing', async () => {
    expect(await open(ffmpegFlac('/nowhere/ffmpeg')).isPresent()).toBe(false);
    expect(await open().isPresent()).toBe(true);
  });

  it('stops at once when told to, and leaves the original', async () => {
    const segment = await recorded(sound(500_000));
    const stop = new AbortController();
    const packing = open().pack(segment, speechFormat, stop.signal);
    stop.abort();
    await expect(packing).rejects.toThrow();
    expect(await filesThere()).toEqual(['000000.wav']);
  });
});

describe('inspecting a segment', () => {
  const inspect = (segment: Segment, format = speechFormat) =>
    segmentInspection(dataDir, flac).inspect(segment, format, never);
  const path = (name: string) => join(dataDir, 'audio', userId, captureId, name);

  it('finds nothing wrong with whole files, packed or not', async () => {
    const segment = await recorded(sound(4000));
    expect(await inspect(segment)).toEqual([]);
    const packed = await open().pack(segment, speechFormat, never);
    const packedByteCount = packed.kind === 'packed' ? packed.fileBytes : 0;
    expect(await inspect({ ...segment, packedByteCount })).toEqual([]);
  });

  it('tells a missing file, a wrong size, a wrong header and damage', async () => {
    const segment = await recorded(sound(4000));
    expect(await inspect({ ...segment, index: 7 })).toEqual(['missing']);
    expect(await inspect({ ...segment, byteCount: 8002 })).toEqual(['size', 'header']);
    expect(await inspect(segment, { ...speechFormat, sampleRateHz: 8000 })).toEqual(['header']);
    expect(await inspect({ ...segment, removedAt: 1 })).toEqual(['left-over']);

    await open().pack(segment, speechFormat, never);
    const whole = await readFile(path('000000.flac'));
    expect(await inspect({ ...segment, packedByteCount: 5 })).toEqual(['size']);
    expect(await inspect({ ...segment, byteCount: 8002 })).toEqual(['duration']);
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(whole.length - 60) ^ 0x10, whole.length - 60);
    await writeFile(path('000000.flac'), flipped);
    expect(await inspect(segment)).toEqual(['damaged']);
    await truncate(path('000000.flac'), whole.length - 100);
    expect(await inspect(segment)).toEqual(['damaged']);
  });

  it('checks every page of an Ogg file', async () => {
    const ref = { userId, captureId, index: 3 };
    const file = await segmentFiles(dataDir).create(ref, opusFormat);
    // 20 ms, SILK wideband, mono: the TOC byte alone is a packet every decoder conceals.
    const packet = Uint8Array.of(0x48);
    for (let at = 0; at < 100; at += 1) await file.append([packet], null);
    const byteCount = await file.seal();
    const segment: Segment = {
      ...ref,
      startMs: 0,
      byteCount,
      durationMs: 2000,
      gaps: [],
      lastSeq: null,
      isSealed: true,
    };
    const look = (one: Segment) => segmentInspection(dataDir, flac).inspect(one, opusFormat, never);
    expect(await look(segment)).toEqual([]);
    expect(await look({ ...segment, durationMs: 1980 })).toEqual(['duration']);
    const whole = await readFile(path('000003.ogg'));
    whole.writeUInt8(whole.readUInt8(whole.length >> 1) ^ 1, whole.length >> 1);
    await writeFile(path('000003.ogg'), whole);
    expect(await look(segment)).toContain('damaged');
  });
});
