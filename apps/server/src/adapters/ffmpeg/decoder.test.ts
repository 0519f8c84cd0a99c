import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError, systemClock } from '../../base/index.ts';
import { ffmpegDecoder } from './decoder.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const signal = new AbortController().signal;
const toneHz = 440;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'decoder-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);

/** Two seconds of a tone, in the format that the name says. */
function tone(name: string, ...options: readonly string[]): string {
  const path = at(name);
  const source = `sine=frequency=${toneHz}:duration=2:sample_rate=48000`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...options, path]);
  return path;
}

async function decoded(path: string, decoder = ffmpegDecoder(systemClock)): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(decoder.decode(path, signal)));
}

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

/** By how often it crosses zero upwards. */
function frequencyOf(pcm: Buffer): number {
  let crossings = 0;
  for (let byte = 2; byte < pcm.length; byte += 2) {
    if (pcm.readInt16LE(byte - 2) < 0 && pcm.readInt16LE(byte) >= 0) crossings += 1;
  }
  return crossings / (pcm.length / 32_000);
}

describe('without ffmpeg', () => {
  const decoder = ffmpegDecoder(systemClock, { ffmpeg: 'no-such-program', ffprobe: 'nor-this' });

  it('says that it is missing', async () => {
    expect(await failure(decoder.probe('/x', signal))).toBe('ffmpeg_missing');
    expect(await failure(decoded('/x', decoder))).toBe('ffmpeg_missing');
  });
});

describe.skipIf(!hasFfmpeg)('ffmpeg', () => {
  const decoder = ffmpegDecoder(systemClock);

  it.each([
    ['a.mp3', []],
    ['a.m4a', []],
    ['a.ogg', ['-c:a', 'libvorbis']],
    ['a.flac', ['-ac', '2']],
    ['a.opus', []],
    ['a.webm', ['-c:a', 'libopus']],
    ['mulaw.wav', ['-c:a', 'pcm_mulaw', '-ar', '8000']],
  ] as const)('decodes %s to 16 kHz mono', async (name, options) => {
    const path = tone(name, ...options);
    const pcm = await decoded(path);
    expect(pcm.length % 2).toBe(0);
    expect(pcm.length / 32_000).toBeGreaterThan(1.95);
    expect(pcm.length / 32_000).toBeLessThan(2.1);
    expect(frequencyOf(pcm)).toBeGreaterThan(toneHz * 0.97);
    expect(frequencyOf(pcm)).toBeLessThan(toneHz * 1.03);
    expect(await decoder.probe(path, signal)).toBeGreaterThan(1900);
    expect((await decoded(path)).equals(pcm)).toBe(true);
  });

  it('refuses what is no sound', async () => {
    writeFileSync(at('text.mp3'), 'not a sound at all, but words\n'.repeat(500));
    writeFileSync(at('empty.mp3'), '');
    for (const name of ['text.mp3', 'empty.mp3', 'missing.mp3']) {
      expect(await failure(decoder.probe(at(name), signal))).toBe('undecodable_file');
      expect(await failure(decoded(at(name)))).toBe('undecodable_file');
    }
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'color=size=16x16:duration=1', at('silent.mp4')],
    ]);
    expect(await failure(decoded(at('silent.mp4')))).toBe('undecodable_file');
  });

  it('follows no address and no path that a file names', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const secret = tone('secret.wav');
    const lists = {
      'remote.m3u8': `#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:${port}/a.ts\n#EXT-X-ENDLIST\n`,
      'local.m3u8': `#EXTM3U\n#EXTINF:2,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
      'list.ffconcat': `ffconcat version 1.0\nfile 'secret.wav'\n`,
    };
    for (const [name, content] of Object.entries(lists)) {
      writeFileSync(at(name), content);
      expect(await failure(decoded(at(name))), name).toBe('undecodable_file');
    }
    expect(asked).toEqual([]);
    server.close();
  });

  it('is gone when its reader stops, or is told to', async () => {
    const path = at('long.flac');
    const source = 'sine=frequency=440:duration=600';
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, path]);
    const children = () =>
      readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();
    const before = children();

    for await (const chunk of decoder.decode(path, signal)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(children()).toBe(before);

    const abort = new AbortController();
    const reading = (async () => {
      for await (const chunk of decoder.decode(path, abort.signal)) {
        if (chunk.length > 0) abort.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(children()).toBe(before);
  });
});
