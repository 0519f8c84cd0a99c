import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import { segmentFiles } from '../src/adapters/filesystem/index.ts';
import { speechFormat, wavHeader, wavHeaderBytes } from '../src/audio/index.ts';
import type { SegmentFiles, SegmentRef } from '../src/capture/index.ts';

const userId = userIdSchema.parse('665f00000000000000a11ce0');
const captureId = captureIdSchema.parse('c'.repeat(32));
const ref = (index: number): SegmentRef => ({ userId, captureId, index });

/** What an implementation under test offers beside the port: ways to look at a file and to break it. */
interface Subject {
  readonly files: SegmentFiles;
  /** The file as any program would read it. */
  readonly contents: (ref: SegmentRef) => Promise<Buffer>;
  /** Leaves the first `byteCount` bytes of the file, header included, as a power cut might. */
  readonly tear: (ref: SegmentRef, byteCount: number) => Promise<void>;
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
      await file.append([bytes(1, 2), bytes(3, 4)]);
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2, 3, 4));
      await file.append([bytes(5, 6)]);
      expect(await subject.files.size(ref(0))).toBe(6);
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2, 3, 4, 5, 6));
      await file.seal();
    });

    it('are whole WAV files once sealed', async () => {
      const file = await subject.files.create(ref(7), speechFormat);
      await file.append([bytes(1, 2, 3, 4)]);
      await file.sync();
      await file.seal();
      expect(await subject.contents(ref(7))).toEqual(
        Buffer.concat([wavHeader(speechFormat, 4), bytes(1, 2, 3, 4)]),
      );
    });

    it('can be synced while they are appended to', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([bytes(1, 2)]);
      await Promise.all([file.sync(), file.append([bytes(3, 4)]), file.sync()]);
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2, 3, 4));
      await file.seal();
    });

    it('are read exactly, any part of them', async () => {
      const sound = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 31) % 251);
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([sound]);
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
      await file.append([bytes(1, 2)]);
      await expect(subject.files.create(ref(0), speechFormat)).rejects.toThrow();
      await file.seal();
      expect(await readAll(ref(0))).toEqual(Buffer.of(1, 2));
    });

    it('left open are repaired to their last whole sample, again and again', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([bytes(1, 2, 3, 4, 5)]);
      for (let time = 0; time < 2; time += 1) {
        expect(await subject.files.repair(ref(0), speechFormat)).toBe(4);
        expect(await subject.contents(ref(0))).toEqual(
          Buffer.concat([wavHeader(speechFormat, 4), bytes(1, 2, 3, 4)]),
        );
      }
    });

    it('torn anywhere are repaired to whole files', async () => {
      for (const tornAt of [0, 1, 43, 44, 45, 46, 47]) {
        const file = await subject.files.create(ref(tornAt), speechFormat);
        await file.append([bytes(1, 2, 3, 4)]);
        await subject.tear(ref(tornAt), tornAt);
        const kept = Math.max(0, (tornAt - wavHeaderBytes) & ~1);
        expect(await subject.files.repair(ref(tornAt), speechFormat)).toBe(kept);
        expect(await subject.contents(ref(tornAt))).toEqual(
          Buffer.concat([wavHeader(speechFormat, kept), bytes(1, 2, 3, 4).subarray(0, kept)]),
        );
      }
    });

    it('that are missing are nothing to repair, have no size, and cannot be read', async () => {
      expect(await subject.files.repair(ref(5), speechFormat)).toBeNull();
      expect(await subject.files.size(ref(5))).toBe(0);
      await expect(readAll(ref(5), 0, 10)).rejects.toThrow();
    });

    it('can be removed, more than once', async () => {
      const file = await subject.files.create(ref(0), speechFormat);
      await file.append([bytes(1, 2)]);
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
  const pathOf = ({ index }: SegmentRef) =>
    join(dataDir, 'audio', userId, captureId, `${String(index).padStart(6, '0')}.wav`);
  return {
    files: segmentFiles(dataDir),
    contents: (at) => readFile(pathOf(at)),
    tear: (at, byteCount) => truncate(pathOf(at), byteCount),
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
