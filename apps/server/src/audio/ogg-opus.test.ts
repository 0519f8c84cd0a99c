import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  lastOggSound,
  movedOggPage,
  oggEnd,
  oggEndBytes,
  oggHead,
  oggHeadBytes,
  oggPages,
  oggPageStartMs,
  readOggPage,
  splitOggPages,
} from './ogg-opus.ts';
import { opusPacketDurationMs } from './opus-packet.ts';

/** A packet with any of the durations, of one frame. */
const anyPacket = fc
  .tuple(fc.integer({ min: 0, max: 31 }), fc.uint8Array({ maxLength: 1275 }))
  .map(([config, frame]) => Uint8Array.of(config << 3, ...frame));
const anyStream = fc.array(fc.array(anyPacket, { maxLength: 20 }), { maxLength: 8 });

/** A stream in which each row of packets was written at once. */
function streamOf(rows: readonly (readonly Uint8Array[])[], serial = 1): Uint8Array {
  const { bytes: head, next } = oggHead(serial);
  const parts = [head];
  let position = next;
  for (const row of rows) {
    const pages = oggPages(position, row);
    parts.push(pages.bytes);
    position = pages.next;
  }
  return Uint8Array.from(Buffer.concat([...parts, oggEnd(position)]));
}

function durationOf(packets: readonly Uint8Array[]): number {
  return packets.reduce((sum, packet) => sum + (opusPacketDurationMs(packet) ?? 0), 0);
}

/** The stream's sound, split from pieces of the given size. */
function soundOf(stream: Uint8Array, pieceBytes: number) {
  const pages = splitOggPages();
  const all = [];
  for (let at = 0; at < stream.byteLength; at += pieceBytes) {
    all.push(...pages.push(stream.subarray(at, at + pieceBytes)));
  }
  all.push(...pages.end());
  return all.filter((page) => page.hasSound);
}

describe('Opus in Ogg', () => {
  it('gives every packet back, byte for byte and at its time, however it is read', () => {
    fc.assert(
      fc.property(anyStream, fc.integer({ min: 1, max: 70_000 }), (rows, pieceBytes) => {
        const pages = soundOf(streamOf(rows), pieceBytes);
        const packets = rows.flat();
        expect(pages.flatMap((page) => page.packets)).toEqual(packets);
        let ms = 0;
        for (const page of pages) {
          expect(oggPageStartMs(page)).toBe(ms);
          ms += durationOf(page.packets);
          expect(page.endMs).toBe(ms);
        }
        expect(ms).toBe(durationOf(packets));
      }),
      { numRuns: 60 },
    );
  });

  it('has a head and an end of known sizes', () => {
    const stream = streamOf([]);
    expect(stream).toHaveLength(oggHeadBytes + oggEndBytes);
    expect(Buffer.from(stream.subarray(28, 36)).toString()).toBe('OpusHead');
    expect(readOggPage(stream, oggHeadBytes)).toMatchObject({ isLast: true, hasSound: false });
  });

  it('has pages whose checksum tells damage', () => {
    expect(readOggPage(oggEnd({ serial: 1, sequence: 2, ms: 0 }), 0)).not.toBeNull();
    const damaged = oggEnd({ serial: 1, sequence: 2, ms: 0 });
    damaged[18] = 3;
    expect(readOggPage(damaged, 0)).toBeNull();
  });

  it('torn anywhere ends with its last whole page', () => {
    fc.assert(
      fc.property(anyStream, fc.nat(), (rows, cut) => {
        const stream = streamOf(rows);
        const torn = stream.subarray(0, cut % (stream.byteLength + 1));
        const whole = soundOf(torn, 10_000);
        const last = lastOggSound(torn);
        expect(last?.page.sequence).toBe(whole.at(-1)?.sequence);
        expect(last?.page.endMs).toBe(whole.at(-1)?.endMs);
        if (last) expect(readOggPage(torn, last.end - last.page.bytes.byteLength)).not.toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('that is damaged loses the damaged pages alone', () => {
    const rows = Array.from({ length: 9 }, (_, index) => [Uint8Array.of(23 << 3, index, index)]);
    const stream = streamOf(rows);
    const pageBytes = (stream.byteLength - oggHeadBytes - oggEndBytes) / 9;
    stream.fill(0xff, oggHeadBytes + 3 * pageBytes + 10, oggHeadBytes + 4 * pageBytes + 5);
    const values = soundOf(stream, 7).flatMap((page) => page.packets.map((packet) => packet[1]));
    expect(values).toEqual([0, 1, 2, 5, 6, 7, 8]);
  });

  it('reads any bytes at all without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(2000), (bytes, at) => {
        const stream = streamOf([[Uint8Array.of(23 << 3, 1)]]);
        stream.set(
          bytes.subarray(0, Math.max(0, stream.byteLength - at)),
          Math.min(at, stream.byteLength),
        );
        const pages = splitOggPages();
        pages.push(Buffer.concat([stream, bytes]));
        pages.end();
        lastOggSound(bytes);
      }),
    );
  });

  it('keeps the packets of a page that is moved', () => {
    const [page] = soundOf(streamOf([[Uint8Array.of(23 << 3, 1), Uint8Array.of(23 << 3, 2)]]), 999);
    const hours = 30 * 3_600_000;
    const moved = readOggPage(movedOggPage(page!, { serial: 9, sequence: 70, ms: hours }), 0);
    expect(moved).toMatchObject({ sequence: 70, endMs: hours, packets: page!.packets });
  });
});

const run = promisify(execFile);
const isInstalled = (program: string) =>
  run(program, program === 'opusinfo' ? ['-h'] : ['-version']).then(
    () => true,
    () => false,
  );

const programs = { opusinfo: await isInstalled('opusinfo'), ffprobe: await isInstalled('ffprobe') };

describe('for other programs', () => {
  const rows = Array.from({ length: 60 }, (_, index) => [
    Uint8Array.of(23 << 3, ...Array.from({ length: 300 }, (_unused, at) => (at * index) % 256)),
    Uint8Array.of(23 << 3),
  ]);
  const withFile = async (look: (path: string) => Promise<void>) => {
    const directory = await mkdtemp(join(tmpdir(), 'ogg-'));
    try {
      await writeFile(join(directory, 'a.ogg'), streamOf(rows));
      await look(join(directory, 'a.ogg'));
    } finally {
      await rm(directory, { recursive: true });
    }
  };

  it.runIf(programs.opusinfo)('it is a valid file of its length', () =>
    withFile(async (path) => {
      // It fails when it has something to warn of.
      const stdout = await run('opusinfo', [path]).then(
        (done) => done.stdout,
        (error: unknown) => (error as { readonly stdout: string }).stdout,
      );
      expect(stdout).toMatch(/Playback length: 0m:02\.(399|400)s/u);
      // Nothing is skipped at the start, so that time is exact; opusinfo finds that unusual.
      const warnings = stdout.split('\n').filter((line) => line.includes('WARNING'));
      expect(warnings).toEqual(['WARNING: Implausibly low preskip in Opus stream (1)']);
    }),
  );

  it.runIf(programs.ffprobe)('every packet is there', () =>
    withFile(async (path) => {
      const { stdout } = await run('ffprobe', [
        '-v',
        'error',
        '-show_entries',
        'packet=size',
        '-of',
        'csv=p=0',
        path,
      ]);
      const sizes = stdout
        .trim()
        .split('\n')
        .map((line) => Number.parseInt(line, 10));
      expect(sizes).toEqual(rows.flat().map((packet) => packet.byteLength));
    }),
  );
});
