import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import { segmentFiles } from '../src/adapters/filesystem/index.ts';
import {
  oggEndBytes,
  opusFormat,
  readOggPage,
  speechFormat,
  splitOggPages,
  wavHeader,
  wavHeaderBytes,
} from '../src/audio/index.ts';
import type { SegmentFiles, SegmentRef } from '../src/capture/index.ts';

const userId = userIdSchema.parse('665f00000000000000a11ce0');
const captureId = captureIdSchema.parse('c'.repeat(32));
const ref = (index: number): SegmentRef => ({ userId, captureId, index });

const savedPcm = (byteCount: number) => ({
  byteCount,
  durationMs: byteCount / 32,
  gaps: [],
  lastSeq: null,
});

/** What an implementation under test offers beside the port: ways to look at a file and to break it. */
interface Subject {
  readonly files: SegmentFiles;
  /** The file as any program would read it. */
  readonly contents: (ref: SegmentRef) => Promise<Buffer>;
  /** Leaves the first `byteCount` bytes of the file, header included, as a power cut might. */
  readonly tear: (ref: SegmentRef, byteCount: number) => Promise<void>;
  /** Loses the last bytes of what is noted about numbers. */
  readonly tearNumbers: (ref: SegmentRef, byteCount: number) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

function segmentFilesSuite(name: string, make: () => Promise<Subject>): void {
  describe(`segment files: ${name}`, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await make();
    });
    afterEach(() => subject.dispose());

    const bytes = (...values: readonly number[]) => Uint8Array.from(values);
    const readAll = async (at: SegmentRef, start = 0, end = Infinity) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of subject.files.read(at, start, end)) {
        expect(chunk.byteLength).toBeLessThanOrEqual(64 * 1024);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    };

    it('hold what was appended, in order, from the moment it was', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      expect(await subject.files.size(ref(0))).toBe(0);
      await file.append([bytes(1, 2), bytes(3, 4)], null);
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2, 3, 4));
      await file.append([bytes(5, 6)], null);
      expect(await subject.files.size(ref(0))).toBe(6);
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2, 3, 4, 5, 6));
      await file.seal();
    });

    it('are whole WAV files once sealed', async () => {
      const file = await subject.files.create(ref(7), speechFormat);
      await file.append([bytes(1, 2, 3, 4)], null);
      await file.sync();
      await file.seal();
      expect(await subject.contents(ref(7))).toEqual(
        Buffer.concat([wavHeader(speechFormat, 4), bytes(1, 2, 3, 4)]),
      );
    });

    it('can be synced while they are appended to', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([bytes(1, 2)], null);
      await Promise.all([file.sync(), file.append([bytes(3, 4)], null), file.sync()]);
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2, 3, 4));
      await file.seal();
    });

    it('are read exactly, any part of them', async () => {
      const sound = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 31) % 251);
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([sound], null);
      await file.seal();
      const bound = fc.integer({ min: 0, max: 210_000 });
      await fc.assert(
        fc.asyncProperty(bound, bound, async (a, b) => {
          const part = await readAll(ref(0), Math.min(a, b), Math.max(a, b));
          expect(part.equals(sound.subarray(Math.min(a, b), Math.max(a, b)))).toBe(true);
        }),
        { numRuns: 50 },
      );
    });

    it('are not created twice', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([bytes(1, 2)], null);
      await expect(subject.files.create(ref(0), speechFormat)).rejects.toThrow();
      await file.seal();
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2));
    });

    it('left open are repaired to their last whole sample, again and again', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([bytes(1, 2, 3, 4, 5)], null);
      for (let time = 0; time < 2; time += 1) {
        expect(await subject.files.repair(ref(0), speechFormat)).toEqual(savedPcm(4));
        expect(await subject.contents(ref(0))).toEqual(
          Buffer.concat([wavHeader(speechFormat, 4), bytes(1, 2, 3, 4)]),
        );
      }
    });

    it('torn anywhere are repaired to whole files', async () => {
      for (const tornAt of [0, 1, 43, 44, 45, 46, 47]) {
        const file = await subject.files.create(ref(tornAt), speechFormat);
        await file.append([bytes(1, 2, 3, 4)], null);
        await subject.tear(ref(tornAt), tornAt);
        const kept = Math.max(0, (tornAt - wavHeaderBytes) & ~1);
        expect(await subject.files.repair(ref(tornAt), speechFormat)).toEqual(savedPcm(kept));
        expect(await subject.contents(ref(tornAt))).toEqual(
          Buffer.concat([wavHeader(speechFormat, kept), bytes(1, 2, 3, 4).subarray(0, kept)]),
        );
      }
    });

    describe('of Opus', () => {
      const packet = (value: number) => Uint8Array.of(23 << 3, value, value, value);
      const lost = Uint8Array.of(23 << 3);
      const packetsOf = async (at: SegmentRef) => {
        const splitter = splitOggPages();
        const pages = [...splitter.push(Uint8Array.from(await readAll(at))), ...splitter.end()];
        return pages.filter(({ hasSound }) => hasSound).flatMap(({ packets }) => packets);
      };

      it('give their packets back byte for byte, open and sealed', async () => {
        const file = await subject.files.create(ref(0), opusFormat);
        await file.append([packet(1), packet(2)], null);
        await file.append([packet(3)], null);
        expect(await packetsOf(ref(0))).toEqual([1, 2, 3].map(packet));
        expect(await file.seal()).toBe(await subject.files.size(ref(0)));
        expect(await packetsOf(ref(0))).toEqual([1, 2, 3].map(packet));
        expect(readOggPage((await readAll(ref(0))).subarray(-oggEndBytes), 0)?.isLast).toBe(true);
      });

      it('left open are repaired to what was appended, with what was lost in it', async () => {
        const file = await subject.files.create(ref(0), opusFormat);
        await file.append([packet(1), lost, lost], null);
        await file.append([lost, packet(2)], null);
        for (let time = 0; time < 2; time += 1) {
          expect(await subject.files.repair(ref(0), opusFormat)).toEqual({
            byteCount: await subject.files.size(ref(0)),
            durationMs: 100,
            gaps: [{ startMs: 20, endMs: 80 }],
            lastSeq: null,
          });
          expect(await packetsOf(ref(0))).toEqual([packet(1), lost, lost, lost, packet(2)]);
        }
      });

      it('torn anywhere are repaired to their last whole page', async () => {
        const whole = await subject.files.create(ref(0), opusFormat);
        const sizes: number[] = [await subject.files.size(ref(0))];
        for (const value of [1, 2, 3]) {
          await whole.append([packet(value)], null);
          sizes.push(await subject.files.size(ref(0)));
        }
        const [head = 0, first = 0, second = 0, third = 0] = sizes;
        for (const tornAt of [
          0,
          10,
          head - 1,
          head,
          head + 1,
          first,
          second - 1,
          second,
          third - 1,
        ]) {
          const file = await subject.files.create(ref(1), opusFormat);
          for (const value of [1, 2, 3]) await file.append([packet(value)], null);
          await subject.tear(ref(1), tornAt);
          const kept = [first, second, third].filter((size) => size <= tornAt).length;
          const saved = await subject.files.repair(ref(1), opusFormat);
          expect(saved?.durationMs, `torn at ${tornAt}`).toBe(kept * 20);
          expect(await packetsOf(ref(1))).toEqual([1, 2, 3].slice(0, kept).map(packet));
          await subject.files.remove(ref(1));
        }
      });
    });

    describe.each([speechFormat, opusFormat])('with numbered frames ($encoding)', (format) => {
      const frame = (value: number) =>
        format.encoding === 'opus'
          ? Uint8Array.of(23 << 3, value)
          : new Uint8Array(640).fill(value);

      it('tell after a crash the highest number in them', async () => {
        const file = await subject.files.create(ref(0), format);
        await file.append([frame(1), frame(2)], 2);
        await file.append([frame(3)], 7);
        const saved = await subject.files.repair(ref(0), format);
        expect(saved).toMatchObject({ durationMs: 60, lastSeq: 7 });
      });

      it('torn anywhere keep whole frames and their number together', async () => {
        for (const lostBytes of [1, 5, 40]) {
          const file = await subject.files.create(ref(0), format);
          await file.append([frame(1)], 1);
          await file.append([frame(2)], 2);
          const size = await subject.files.size(ref(0));
          const head = format.encoding === 'opus' ? 0 : wavHeaderBytes;
          await subject.tear(ref(0), head + size - Math.min(lostBytes, 25));
          const saved = await subject.files.repair(ref(0), format);
          expect(saved).toMatchObject({ durationMs: 20, lastSeq: 1 });
          await subject.files.remove(ref(0));
        }
      });

      it('lose what no number is known of: their device sends it again', async () => {
        const file = await subject.files.create(ref(0), format);
        await file.append([frame(1)], 1);
        await file.append([frame(2)], 2);
        await subject.tearNumbers(ref(0), 1);
        expect(await subject.files.repair(ref(0), format)).toMatchObject({
          durationMs: 20,
          lastSeq: 1,
        });
      });

      it('keep what was there before the first number', async () => {
        const file = await subject.files.create(ref(0), format);
        await file.append([frame(1)], null);
        await file.append([frame(2)], 1);
        await subject.tearNumbers(ref(0), 1);
        expect(await subject.files.repair(ref(0), format)).toMatchObject({
          durationMs: 20,
          lastSeq: 0,
        });
      });

      it('forget their numbers on demand, more than once', async () => {
        const file = await subject.files.create(ref(0), format);
        await file.append([frame(1)], 1);
        await file.sync();
        await file.seal();
        await subject.files.forgetNumbers(ref(0));
        await subject.files.forgetNumbers(ref(0));
        expect(await subject.files.repair(ref(0), format)).toMatchObject({
          durationMs: 20,
          lastSeq: null,
        });
      });

      it('leave nothing behind when they are removed', async () => {
        const file = await subject.files.create(ref(0), format);
        await file.append([frame(1)], 1);
        await file.seal();
        await subject.files.remove(ref(0));
        const again = await subject.files.create(ref(0), format);
        await again.append([frame(2)], 5);
        expect(await subject.files.repair(ref(0), format)).toMatchObject({ lastSeq: 5 });
      });
    });

    it('that are missing are nothing to repair, have no size, and cannot be read', async () => {
      expect(await subject.files.repair(ref(5), speechFormat)).toBeNull();
      expect(await subject.files.size(ref(5))).toBe(0);
      await expect(readAll(ref(5), 0, 10)).rejects.toThrow();
    });

    it('can be removed, more than once', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([bytes(1, 2)], null);
      await file.seal();
      await subject.files.remove(ref(0));
      await subject.files.remove(ref(0));
      expect(await subject.files.repair(ref(0), speechFormat)).toBeNull();
    });

    it('take no index and no id that is not one', async () => {
      for (const index of [-1, 0.5, NaN, 1_000_000]) {
        await expect(subject.files.create(ref(index), speechFormat)).rejects.toThrow();
      }
      // An id is branded where outside data is parsed; this is what happens if that were forgotten.
      const forged = JSON.parse('{"userId":"../../etc","captureId":"..","index":0}') as SegmentRef;
      await expect(subject.files.create(forged, speechFormat)).rejects.toThrow();
      await expect(subject.files.remove(forged)).rejects.toThrow();
      await expect(subject.files.size(forged)).rejects.toThrow();
    });
  });
}

segmentFilesSuite('filesystem', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'segments-'));
  const pathOf = ({ index }: SegmentRef, extension: string) =>
    join(dataDir, 'audio', userId, captureId, `${String(index).padStart(6, '0')}.${extension}`);
  const soundPathOf = (at: SegmentRef) =>
    existsSync(pathOf(at, 'wav')) ? pathOf(at, 'wav') : pathOf(at, 'ogg');
  return {
    files: segmentFiles(dataDir),
    contents: (at) => readFile(soundPathOf(at)),
    tear: (at, byteCount) => truncate(soundPathOf(at), byteCount),
    async tearNumbers(at, byteCount) {
      const path = pathOf(at, 'seq');
      await truncate(path, (await stat(path)).size - byteCount);
    },
    dispose: () => rm(dataDir, { recursive: true }),
  };
});

describe('segment files on the file system', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'segments-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('are private to the server', async () => {
    const file = await segmentFiles(dataDir).create(ref(3), speechFormat);
    await file.seal();
    const directory = join(dataDir, 'audio', userId, captureId);
    expect((await stat(join(directory, '000003.wav'))).mode & 0o777).toBe(0o600);
    for (const path of [directory, join(directory, '..'), join(directory, '..', '..')]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
  });

  it('reject when the disk does not take them', async () => {
    await writeFile(join(dataDir, 'audio'), 'in the way');
    await expect(segmentFiles(dataDir).create(ref(0), speechFormat)).rejects.toThrow('ENOTDIR');
  });
});
