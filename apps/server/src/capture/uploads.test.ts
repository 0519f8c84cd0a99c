import { clientIdSchema, type JobId } from '@friend-lite/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { alice } from './fakes.ts';
import type { UploadedFile, UploadFiles, UploadRef, UploadStore } from './upload-ports.ts';
import { createUploads, displayName, type Uploads } from './uploads.ts';

let records: UploadedFile[];
let disk: Set<JobId>;
let kept: readonly UploadRef[] | null;
let requested: JobId[];
let failure: Error | null;
let uploads: Uploads;

const clock = fakeClock();
const phone = clientIdSchema.parse('a11ce0-phone');
const facts = { recordedAt: null, deviceOf: async () => phone };
const bytes = async function* () {
  yield Buffer.from('sound');
};
const fileNamed = (filename: string) => ({ filename, writtenAt: null, content: bytes() });

beforeEach(() => {
  records = [];
  disk = new Set();
  kept = null;
  requested = [];
  failure = null;
  const store: UploadStore = {
    async add(files) {
      if (failure) throw failure;
      records.push(...files);
    },
    update: async () => undefined,
    find: async (userId, id) =>
      records.find((file) => file.userId === userId && file.id === id) ?? null,
    listByUpload: async (userId, id) =>
      records.filter((file) => file.userId === userId && file.uploadId === id),
    listUnfinished: async () => records.filter(({ state }) => state === 'queued'),
  };
  const files: UploadFiles = {
    async write({ id }, content) {
      if (failure) throw failure;
      disk.add(id);
      return Buffer.concat(await Array.fromAsync(content)).length;
    },
    read: () => bytes(),
    pathOf: ({ id }) => id,
    remove: async ({ id }) => void disk.delete(id),
    keepOnly: async (refs) => void (kept = refs),
  };
  uploads = createUploads({
    store,
    files,
    admission: { refusal: () => null },
    freeBytes: async () => 1000,
    maxFileBytes: 100,
    requestImport: async ({ id }) => void requested.push(id),
    clock,
  });
});

describe('an upload', () => {
  it('is on record before its import is asked for, and found by its id and by its files’', async () => {
    const incoming = await uploads.begin(alice, 5);
    await incoming.add(fileNamed('a.wav'));
    await incoming.add(fileNamed('b.wav'));
    expect(records).toEqual([]);
    const { id, files } = await incoming.accept(facts);
    expect(requested).toEqual(files.map((file) => file.id));
    expect(await uploads.find(alice, id)).toEqual(files);
    expect(await uploads.find(alice, files[1]?.id ?? '')).toEqual([files[1]]);
    expect(await uploads.find(alice, 'nonsense')).toEqual([]);
  });

  it('that fails inside can be discarded whole', async () => {
    const incoming = await uploads.begin(alice, 5);
    await incoming.add(fileNamed('a.wav'));
    failure = new Error('EIO');
    await expect(incoming.add(fileNamed('b.wav'))).rejects.toThrow('EIO');
    await expect(incoming.accept(facts)).rejects.toThrow('EIO');
    await incoming.discard();
    expect(disk.size).toBe(0);
    expect(requested).toEqual([]);
  });

  it('cannot have been written in the future', async () => {
    const incoming = await uploads.begin(alice, 5);
    await incoming.add({ ...fileNamed('a.wav'), writtenAt: clock.now() + 1e9 });
    expect((await incoming.accept(facts)).files[0]?.writtenAt).toBe(clock.now());
  });

  it('that a restart finds unfinished is asked for again, and nothing else is kept', async () => {
    const incoming = await uploads.begin(alice, 5);
    await incoming.add(fileNamed('a.wav'));
    const { files } = await incoming.accept(facts);
    requested = [];
    await uploads.resume();
    expect(requested).toEqual(files.map(({ id }) => id));
    expect(kept).toEqual(files);
  });
});

describe('a name for people', () => {
  it('is short, whole and harmless', () => {
    expect(displayName('/a/b\\c.wav')).toBe('c.wav');
    expect(displayName('Zoe\u0301.m4a')).toBe('Zoé.m4a');
    expect(displayName('a\u2066b\u0000.wav')).toBe('ab.wav');
    expect(Array.from(displayName('🎙'.repeat(500)))).toHaveLength(200);
    for (const nothing of ['', '/', ' ', '\u0007']) expect(displayName(nothing)).toBe('file');
  });
});
