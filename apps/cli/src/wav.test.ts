import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWav, parseWavHeader, type WavFormat } from './wav.ts';
import { wavOf } from './wav.fake.ts';

const speech: WavFormat = { formatTag: 1, channels: 1, sampleRateHz: 16_000, bitsPerSample: 16 };

describe('a WAV header', () => {
  it('gives format, place and length of the sound', () => {
    const file = wavOf(Buffer.alloc(640));
    expect(parseWavHeader(file, file.length)).toEqual({
      kind: 'sound',
      format: speech,
      offset: 44,
      byteCount: 640,
    });
  });

  it('may hold other chunks, of odd lengths, before the sound', () => {
    const note = Buffer.concat([Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')]);
    const file = wavOf(Buffer.alloc(10), { before: note });
    expect(parseWavHeader(file, file.length)).toMatchObject({ offset: 56, byteCount: 10 });
  });

  it.each([0, 0xffff_ffff, 11])('takes the length %i for "until the end"', (length) => {
    const file = wavOf(Buffer.alloc(10), { length });
    expect(parseWavHeader(file, file.length)).toMatchObject({ byteCount: 10 });
  });

  it('may be extensible', () => {
    const file = wavOf(Buffer.alloc(10), { isExtensible: true });
    expect(parseWavHeader(file, file.length)).toMatchObject({ format: speech });
  });

  it('is told from other files', () => {
    expect(parseWavHeader(Buffer.from('ID3 and so on'), 13)).toEqual({ kind: 'not-wav' });
    expect(parseWavHeader(Buffer.alloc(0), 0)).toEqual({ kind: 'not-wav' });
    const cut = wavOf(Buffer.alloc(0)).subarray(0, 30);
    expect(parseWavHeader(cut, 30)).toEqual({ kind: 'no-sound' });
  });

  it('is read without harm whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, fileBytes) => {
        const head = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), bytes]);
        const header = parseWavHeader(head, fileBytes);
        if (header.kind === 'sound') {
          expect(header.offset + header.byteCount).toBeLessThanOrEqual(fileBytes);
        }
      }),
    );
  });
});

describe('a WAV file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'friend-lite-wav-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const fileOf = (content: Uint8Array, name = 'a.wav'): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('is read in frames of whole samples that are its sound', async () => {
    const sound = Buffer.from(Array.from({ length: 150_001 }, (_, index) => index % 251));
    await using wav = await openWav(fileOf(wavOf(sound)));
    expect(wav.durationMs).toBe(4687.5);
    const frames: Uint8Array[] = [];
    for await (const frame of wav.frames(20)) frames.push(frame);
    expect(frames.slice(0, -1).every(({ length }) => length === 640)).toBe(true);
    expect(Buffer.concat(frames).equals(sound.subarray(0, 150_000))).toBe(true);
  });

  it.each([
    ['another rate', { sampleRateHz: 44_100 }, '44100 Hz'],
    ['two channels', { channels: 2 }, '2 channels'],
    ['24 bits', { bitsPerSample: 24 }, '24 bits'],
    ['A-law', { formatTag: 6 }, 'encoding 6'],
  ])('with %s is refused with the way to convert it', async (_what, difference, words) => {
    const path = fileOf(wavOf(Buffer.alloc(100), { format: { ...speech, ...difference } }));
    await expect(openWav(path)).rejects.toThrow(words);
    await expect(openWav(path)).rejects.toThrow('ffmpeg -i');
  });

  it('that is no WAV file at all is refused with the way to convert it', async () => {
    const path = fileOf(Buffer.from('ID3'), 'song.mp3');
    await expect(openWav(path)).rejects.toThrow(/not a WAV file(.|\n)*song-16k\.wav/);
    await expect(openWav(join(folder, 'none.wav'))).rejects.toThrow('There is no file');
  });
});
