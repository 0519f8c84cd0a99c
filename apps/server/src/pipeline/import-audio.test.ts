import { clientIdSchema, jobIdSchema, uploadIdSchema, userIdSchema } from '@friend-lite/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { speechFormat, wavHeader } from '../audio/index.ts';
import { fakeClock, type FakeClock } from '../base/fake-clock.ts';
import { AppError, newUuid } from '../base/index.ts';
import type { PastSound, UploadedFile, UploadFiles, UploadRef } from '../capture/index.ts';
import { abandonImport, enqueueImport, importAudio, type ImportTools } from './import-audio.ts';

const userId = userIdSchema.parse('665f00000000000000a11ce0');
const receivedAt = 1_750_000_000_000;
const signal = new AbortController().signal;

let clock: FakeClock;
let stores: SqliteStores;
/** The files on the disk. */
let disk: Map<string, Uint8Array>;
/** What the captures hold. */
let recorded: Map<string, { sound: PastSound; bytes: Buffer; isOver: boolean }>;
/** What the decoder makes of every file it is asked to read: chunks, and how it ends. */
let script: {
  durationMs: number | null;
  chunks: readonly Uint8Array[];
  end: Error | null;
};
let refusal: AppError | null;
/** The disk fails with it when this many bytes were recorded. */
let failsAfterBytes: number;
let tools: ImportTools;

const sound = (byteCount: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: byteCount }, (_, at) => (at * 7 + (at >> 8)) % 251));

beforeEach(() => {
  clock = fakeClock(receivedAt);
  stores = openSqlite({ path: ':memory:', clock });
  disk = new Map();
  recorded = new Map();
  script = { durationMs: null, chunks: [], end: null };
  refusal = null;
  failsAfterBytes = Infinity;
  const files: UploadFiles = {
    write: () => Promise.reject(new Error('not here')),
    async *read(ref: UploadRef, start, end) {
      const bytes = disk.get(ref.id);
      if (!bytes) throw new Error('no such file');
      yield bytes.subarray(start, end);
    },
    pathOf: ({ id }) => id,
    remove: async ({ id }) => void disk.delete(id),
    keepOnly: async () => undefined,
  };
  tools = {
    uploads: stores.uploads,
    files,
    decoder: {
      async probe() {
        if (script.chunks.length === 0 && script.end) throw script.end;
        return script.durationMs;
      },
      async *decode() {
        yield* script.chunks;
        if (script.end) throw script.end;
      },
    },
    captures: {
      async takeUpRecording(id, sound) {
        const known = recorded.get(id) ?? { sound, bytes: Buffer.alloc(0), isOver: false };
        recorded.set(id, known);
        if (known.isOver) return { kind: 'over' };
        return {
          kind: 'open',
          recordedMs: known.bytes.length / 32,
          writer: {
            isFull: false,
            push({ bytes }) {
              known.bytes = Buffer.concat([known.bytes, bytes]);
              return true;
            },
            async room() {
              if (known.bytes.length >= failsAfterBytes) throw new AppError('storage_unavailable');
            },
            async end() {
              known.isOver = true;
              return id;
            },
            abort: async () => undefined,
          },
        };
      },
    },
    admission: { refusal: () => refusal },
    clock,
  };
});

async function upload(content: Uint8Array, facts: Partial<UploadedFile> = {}) {
  const file: UploadedFile = {
    id: jobIdSchema.parse(newUuid()),
    uploadId: uploadIdSchema.parse(newUuid()),
    userId,
    number: 1,
    filename: 'a.ogg',
    clientId: clientIdSchema.parse('a11ce0-upload'),
    byteCount: content.byteLength,
    receivedAt,
    recordedAt: null,
    writtenAt: null,
    state: 'queued',
    progress: 0,
    startedAt: null,
    durationMs: null,
    captureId: null,
    error: null,
    ...facts,
  };
  disk.set(file.id, content);
  await stores.uploads.add([file]);
  await enqueueImport(stores.jobs, file);
  await enqueueImport(stores.jobs, file);
  const leased = await stores.jobs.claim('import-audio', 30_000);
  if (!leased) throw new Error('no job');
  expect(leased.job.id).toBe(file.id);
  const { job } = leased;
  return {
    job,
    run: (aborted = signal) => importAudio(tools)(job, aborted),
    state: async () => await stores.uploads.find(userId, file.id),
    isOnDisk: () => disk.has(file.id),
  };
}

const onlyRecording = () => {
  expect(recorded.size).toBe(1);
  const [only] = recorded.values();
  if (!only) throw new Error('nothing recorded');
  return only;
};

describe('importing a file', () => {
  it('makes a capture of it that ends when the file was last changed', async () => {
    const pcm = sound(64_000);
    const wav = Buffer.concat([wavHeader(speechFormat, pcm.length), pcm]);
    const writtenAt = receivedAt - 86_400_000;
    const file = await upload(wav, { writtenAt });
    expect(await file.run()).toEqual({ kind: 'done' });
    expect(onlyRecording()).toMatchObject({
      isOver: true,
      sound: { userId, startedAt: writtenAt - 2000, format: speechFormat, origin: 'upload' },
    });
    expect(onlyRecording().bytes.equals(pcm)).toBe(true);
    expect(await file.state()).toMatchObject({
      state: 'completed',
      progress: 1,
      startedAt: writtenAt - 2000,
      durationMs: 2000,
    });
    expect(file.isOnDisk()).toBe(false);
    expect(await file.run()).toEqual({ kind: 'done' });
  });

  it('starts it where the client says, and else measures how long before its arrival', async () => {
    script.chunks = [sound(32_000), sound(32_000)];
    const told = await upload(Buffer.from('x'), { recordedAt: 1_600_000_000_000 });
    await told.run();
    expect(onlyRecording().sound.startedAt).toBe(1_600_000_000_000);
    recorded.clear();
    const untold = await upload(Buffer.from('x'));
    await untold.run();
    expect(onlyRecording().sound.startedAt).toBe(receivedAt - 2000);
  });

  it('goes on after a failure of the disk where the sound ends', async () => {
    script = { durationMs: 6000, chunks: [sound(90_000), sound(102_000)], end: null };
    failsAfterBytes = 100_000;
    const file = await upload(Buffer.from('x'));
    await expect(file.run()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(await file.state()).toMatchObject({ state: 'processing' });
    expect(onlyRecording().bytes.length).toBeLessThan(192_000);
    expect(file.isOnDisk()).toBe(true);

    failsAfterBytes = Infinity;
    await file.run();
    expect(onlyRecording().bytes.equals(Buffer.concat(script.chunks))).toBe(true);
    expect(await file.state()).toMatchObject({ state: 'completed', durationMs: 6000 });
  });

  it('does nothing twice when it ended and that was not written down', async () => {
    script = { durationMs: 1000, chunks: [sound(32_000)], end: null };
    const file = await upload(Buffer.from('x'));
    await file.run();
    await stores.uploads.update(userId, file.job.id, { state: 'processing' });
    disk.set(file.job.id, Buffer.from('x'));
    await file.run();
    expect(onlyRecording().bytes.length).toBe(32_000);
    expect(await file.state()).toMatchObject({ state: 'completed' });
  });

  it('fails a file without sound, and makes no capture of it', async () => {
    for (const [end, code] of [
      [null, 'no_sound_in_file'],
      [new AppError('undecodable_file'), 'undecodable_file'],
      [new AppError('ffmpeg_missing'), 'ffmpeg_missing'],
    ] as const) {
      script = { durationMs: null, chunks: [], end };
      const file = await upload(Buffer.from('x'));
      expect(await file.run()).toEqual({ kind: 'done' });
      expect(await file.state()).toMatchObject({
        state: 'failed',
        error: { code },
        captureId: null,
      });
      expect(file.isOnDisk()).toBe(false);
    }
    expect(recorded.size).toBe(0);
  });

  it('keeps what can be read of a damaged file, and says where it ends', async () => {
    const end = new AppError('undecodable_file');
    script = { durationMs: null, chunks: [sound(160_000)], end };
    const file = await upload(Buffer.from('x'));
    await file.run();
    expect(onlyRecording()).toMatchObject({ isOver: true });
    expect(onlyRecording().bytes.length).toBe(160_000);
    expect(await file.state()).toMatchObject({
      state: 'failed',
      error: { code: 'file_cut_short', params: { seconds: 5 } },
    });
  });

  it('waits while there is no room', async () => {
    script = { durationMs: 1000, chunks: [sound(32_000)], end: null };
    refusal = new AppError('storage_full');
    const file = await upload(Buffer.from('x'));
    expect(await file.run()).toMatchObject({ kind: 'postpone', reason: 'no-room' });
    expect(file.isOnDisk()).toBe(true);
    refusal = null;
    expect(await file.run()).toEqual({ kind: 'done' });
    expect(onlyRecording().bytes.length).toBe(32_000);
  });

  it('stops when it is told to, and ends nothing', async () => {
    script = { durationMs: 1000, chunks: [sound(16_000), sound(16_000)], end: null };
    const aborted = AbortSignal.abort(new Error('stop'));
    script.end = new Error('stop');
    const file = await upload(Buffer.from('x'));
    await expect(file.run(aborted)).rejects.toThrow('stop');
    expect(onlyRecording().isOver).toBe(false);
    expect(await file.state()).toMatchObject({ state: 'processing', error: null });
  });

  it('that is given up ends its capture, and is told as failed', async () => {
    script = { durationMs: 3000, chunks: [sound(96_000)], end: null };
    failsAfterBytes = 32_000;
    const file = await upload(Buffer.from('x'));
    await expect(file.run()).rejects.toThrow();
    failsAfterBytes = Infinity;
    await abandonImport(tools)(file.job, new Error('for ever'));
    expect(onlyRecording()).toMatchObject({ isOver: true });
    expect(await file.state()).toMatchObject({ state: 'failed', error: { code: 'internal' } });
    expect(file.isOnDisk()).toBe(false);
    await abandonImport(tools)(file.job, new Error('again'));
  });
});
