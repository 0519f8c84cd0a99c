import { clientIdSchema, jobIdSchema, uploadIdSchema } from '@friend-lite/contract';
import { expect, it } from 'vitest';
import { newUuid } from '../../src/base/index.ts';
import type { UploadedFile, UploadStore } from '../../src/capture/index.ts';
import { alice, bob, captureId } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

export function describeUploadStore(
  name: string,
  makeStore: () => Promise<Subject<UploadStore>> | Subject<UploadStore>,
): void {
  const newUploadId = () => uploadIdSchema.parse(newUuid());
  const fileOf = (change: Partial<UploadedFile> = {}): UploadedFile => ({
    id: jobIdSchema.parse(newUuid()),
    uploadId: newUploadId(),
    userId: alice,
    number: 1,
    filename: 'Besuch bei Zoë.m4a',
    clientId: clientIdSchema.parse('a11ce0-upload'),
    byteCount: 5 * 1024 ** 3,
    receivedAt: 1_750_000_000_000,
    recordedAt: 1_600_000_000_000.5,
    writtenAt: null,
    state: 'queued',
    progress: 0,
    startedAt: null,
    durationMs: null,
    captureId: null,
    error: null,
    ...change,
  });

  describeStore(`uploads: ${name}`, makeStore, (uploads) => {
    it('gives a file back as it was added, to its owner alone', async () => {
      const file = fileOf({ error: { code: 'file_too_large', params: { limitMiB: 4 } } });
      await uploads().add([file]);
      expect(await uploads().find(alice, file.id)).toEqual(file);
      expect(await uploads().find(bob, file.id)).toBeNull();
      expect(await uploads().listByUpload(bob, file.uploadId)).toEqual([]);
    });

    it('lists the files of one upload by number', async () => {
      const uploadId = newUploadId();
      const files = [3, 1, 2].map((number) => fileOf({ uploadId, number }));
      await uploads().add([...files, fileOf()]);
      const numbers = (await uploads().listByUpload(alice, uploadId)).map(({ number }) => number);
      expect(numbers).toEqual([1, 2, 3]);
    });

    it('adds all files of an upload or none', async () => {
      const file = fileOf();
      const other = { ...fileOf({ number: 2 }), uploadId: file.uploadId };
      await expect(uploads().add([other, file, file])).rejects.toThrow();
      expect(await uploads().listByUpload(alice, file.uploadId)).toEqual([]);
    });

    it('changes what it is told and nothing else', async () => {
      const file = fileOf();
      await uploads().add([file]);
      const change = {
        state: 'processing' as const,
        progress: 0.25,
        startedAt: 1_600_000_000_000.5,
        durationMs: 90_000.0625,
        captureId: captureId(7),
      };
      await uploads().update(alice, file.id, change);
      await uploads().update(bob, file.id, { state: 'failed' });
      await uploads().update(alice, jobIdSchema.parse(newUuid()), { state: 'failed' });
      expect(await uploads().find(alice, file.id)).toEqual({ ...file, ...change });
    });

    it('lists what is unfinished, of all users, oldest first', async () => {
      const late = fileOf({ receivedAt: 3 });
      const early = fileOf({ receivedAt: 1, state: 'processing', userId: bob });
      const over = (['completed', 'failed'] as const).map((state) => fileOf({ state }));
      for (const file of [late, early, ...over]) await uploads().add([file]);
      const ids = (await uploads().listUnfinished()).map(({ id }) => id);
      expect(ids).toEqual([early.id, late.id]);
    });
  });
}
