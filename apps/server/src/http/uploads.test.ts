import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest, type ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  importJobSchema,
  uploadAcceptedSchema,
  type ImportJobBody,
  type UploadAcceptedBody,
} from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { uploadFiles } from '../adapters/filesystem/index.ts';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { AppError } from '../base/index.ts';
import { createUploads, type UploadedFile } from '../capture/index.ts';
import { openHouse, type House } from './house.fake.ts';

const maxFileBytes = 1024 ** 2;

let directory: string;
let stores: SqliteStores;
let house: House;
let baseUrl: string;
let requested: UploadedFile[];
let refusal: AppError | null;
let free: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'uploads-'));
  const clock = fakeClock();
  stores = openSqlite({ path: ':memory:', clock });
  requested = [];
  refusal = null;
  free = 1024 ** 3;
  const uploads = createUploads({
    store: stores.uploads,
    files: uploadFiles(directory),
    admission: { refusal: () => refusal },
    freeBytes: async () => free,
    maxFileBytes,
    requestImport: async (file) => void requested.push(file),
    clock,
  });
  house = await openHouse(clock, { override: () => ({ uploads }) });
  await house.app.listen({ host: '127.0.0.1', port: 0 });
  baseUrl = `http://127.0.0.1:${(house.app.server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  const closing = house.app.close().then(() => 'closed' as const);
  while ((await Promise.race([closing, pause(2)])) !== 'closed') house.clock.advance(100);
  stores.close();
  rmSync(directory, { recursive: true });
});

const content = (byteCount: number): Blob => new Blob([new Uint8Array(randomBytes(byteCount))]);

async function send(
  form: FormData,
  { path = '/api/audio/upload', name = 'ada' } = {},
): Promise<Response> {
  const { authorization } = await house.as(name);
  return fetch(`${baseUrl}${path}`, { method: 'POST', headers: { authorization }, body: form });
}

async function accepted(response: Response): Promise<UploadAcceptedBody> {
  expect(response.status).toBe(200);
  return uploadAcceptedSchema.parse(await response.json());
}

async function job(id: string, name = 'ada'): Promise<ImportJobBody> {
  const { authorization } = await house.as(name);
  const response = await fetch(`${baseUrl}/api/queue/jobs/${id}`, { headers: { authorization } });
  expect(response.status).toBe(200);
  return importJobSchema.parse(await response.json());
}

const codeOf = async (response: Response) => ({
  status: response.status,
  code: ((await response.json()) as { code: string }).code,
});

const onDisk = (): readonly string[] => {
  try {
    return readdirSync(join(directory, 'uploads', house.of('ada').user.id));
  } catch {
    return [];
  }
};

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5);
}

describe('uploading', () => {
  it('takes any number of files to the disk, and asks for their import', async () => {
    const form = new FormData();
    form.append('files', content(1000), 'one.wav');
    form.append('file', content(2000), 'two.mp3');
    form.append('note', 'is left aside');
    form.append('picture', content(10), 'is.jpg');
    // Fields count wherever they stand.
    form.append('device_name', 'Field Recorder');
    form.append('recorded_at', '2025-01-02T04:04:05+01:00');
    const body = await accepted(await send(form));
    expect(body).toMatchObject({ total_files: 2, successful: 2, failed: 0 });
    expect(body.status_url).toBe(`/api/queue/jobs/${body.job_id}`);
    expect(requested).toMatchObject([
      { filename: 'one.wav', byteCount: 1000, number: 1, recordedAt: 1_735_787_045_000 },
      { filename: 'two.mp3', byteCount: 2000, number: 2, recordedAt: 1_735_787_045_000 },
    ]);
    expect(new Set(requested.map(({ clientId }) => clientId)).size).toBe(1);
    expect(body.client_id).toMatch(/-fieldrecor$/);
    expect(onDisk()).toHaveLength(2);
    expect(await job(body.job_id)).toMatchObject({ status: 'queued', processed_files: 0 });
  });

  it('knows a device for each file where older tools expect it, and the name in the query', async () => {
    const form = new FormData();
    for (const name of ['a.wav', 'b.wav']) form.append('files', content(10), name);
    const path = '/api/process-audio-files?device_name=old';
    const body = await accepted(await send(form, { path }));
    const suffixes = body.files.map(({ client_id }) => client_id.slice(client_id.indexOf('-')));
    expect(suffixes).toEqual(['-old-001', '-old-002']);
  });

  it('notes for each file the date that stands before it', async () => {
    const form = new FormData();
    form.append('last_modified', '2025-01-01T00:00:00Z');
    form.append('files', content(10), 'dated.wav');
    form.append('files', content(10), 'undated.wav');
    await accepted(await send(form));
    expect(requested.map(({ writtenAt }) => writtenAt)).toEqual([1_735_689_600_000, null]);
  });

  it('fails files that are empty or too large, and takes the others', async () => {
    const form = new FormData();
    form.append('files', content(0), 'empty.wav');
    form.append('files', content(2 * maxFileBytes), 'large.wav');
    form.append('files', content(10), 'good.wav');
    const body = await accepted(await send(form));
    expect(body.files).toMatchObject([
      { filename: 'empty.wav', status: 'error', code: 'no_sound_in_file' },
      {
        filename: 'large.wav',
        status: 'error',
        code: 'file_too_large',
        error: 'The file is larger than 1 MiB',
      },
      { filename: 'good.wav', status: 'processing', error: null },
    ]);
    expect(requested.map(({ filename }) => filename)).toEqual(['good.wav']);
    expect(onDisk()).toHaveLength(1);
  });

  it('shows names without folders, controls and turns of direction', async () => {
    const form = new FormData();
    for (const name of ['../../etc/passwd', 'C:\\x\\y.wav', 'a\u202eb\u0000\u0085.wav', '   ']) {
      form.append('files', content(1), name);
    }
    const { files } = await accepted(await send(form));
    expect(files.map(({ filename }) => filename)).toEqual(['passwd', 'y.wav', 'ab.wav', 'file']);
    expect(onDisk().every((name) => /^[0-9a-f-]{36}$/.test(name))).toBe(true);
  });

  it('is told how it goes on, as a whole and for each file', async () => {
    const form = new FormData();
    for (const name of ['a.wav', 'b.wav', 'c.wav']) form.append('files', content(1), name);
    const body = await accepted(await send(form));
    const [a, b, c] = requested;
    if (!a || !b || !c) throw new Error('not requested');
    const { uploads } = stores;
    await uploads.update(a.userId, a.id, { state: 'completed', progress: 1, durationMs: 1500 });
    await uploads.update(b.userId, b.id, { state: 'processing', progress: 0.5 });
    expect(await job(body.job_id)).toMatchObject({
      status: 'processing',
      progress_percent: 50,
      current_file: 'b.wav',
      processed_files: 1,
      files: [{ status: 'completed', duration_seconds: 1.5 }, { progress_percent: 50 }, {}],
    });
    expect(await job(b.id)).toMatchObject({ job_id: b.id, status: 'processing', total_files: 1 });

    const error = { code: 'undecodable_file', params: {} } as const;
    for (const { userId, id } of [b, c])
      await uploads.update(userId, id, { state: 'failed', error });
    expect(await job(body.job_id)).toMatchObject({
      status: 'completed',
      progress_percent: 100,
      error_message: null,
    });
    expect(await job(c.id)).toMatchObject({
      status: 'failed',
      error_message: 'The file is damaged, or no sound file of a known format',
    });
  });

  it('is its owner’s alone', async () => {
    const form = new FormData();
    form.append('files', content(1), 'a.wav');
    const body = await accepted(await send(form));
    for (const id of [body.job_id, body.files[0]?.job_id ?? '', 'x', '%00']) {
      const { authorization } = await house.as('bob');
      const url = `${baseUrl}/api/queue/jobs/${id}`;
      expect(await codeOf(await fetch(url, { headers: { authorization } }))).toEqual({
        status: 404,
        code: 'job_not_found',
      });
    }
    const anonymous = await fetch(`${baseUrl}/api/audio/upload`, { method: 'POST', body: form });
    expect(anonymous.status).toBe(401);
  });

  it('refuses a request that is no upload, and leaves nothing', async () => {
    const invalid = { status: 422, code: 'invalid_request' };
    const form = (fields: Record<string, string>, hasFile = true): FormData => {
      const made = new FormData();
      if (hasFile) made.append('files', content(100), 'a.wav');
      for (const [name, value] of Object.entries(fields)) made.append(name, value);
      return made;
    };
    expect(await codeOf(await send(form({}, false)))).toEqual(invalid);
    expect(await codeOf(await send(form({ recorded_at: 'yesterday' })))).toEqual(invalid);
    expect(await codeOf(await send(form({ recorded_at: '2999-01-01T00:00:00Z' })))).toEqual(
      invalid,
    );
    expect(await codeOf(await send(form({ device_name: 'x'.repeat(300) })))).toEqual(invalid);
    const { authorization } = await house.as('ada');
    const json = await fetch(`${baseUrl}/api/audio/upload`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await codeOf(json)).toEqual({ status: 415, code: 'unsupported_media_type' });
    expect(onDisk()).toEqual([]);
    expect(requested).toEqual([]);
  });

  it('refuses what there is no room for before it comes', async () => {
    const form = new FormData();
    form.append('files', content(1000), 'a.wav');
    free = 1500;
    expect(await codeOf(await send(form))).toEqual({ status: 507, code: 'storage_full' });
    free = 1024 ** 3;
    refusal = new AppError('storage_full');
    expect(await codeOf(await send(form))).toEqual({ status: 507, code: 'storage_full' });
    expect(onDisk()).toEqual([]);
  });
});

describe('an upload that stops in the middle', () => {
  async function begin(): Promise<ClientRequest> {
    const { authorization } = await house.as('ada');
    const request = httpRequest(`${baseUrl}/api/audio/upload`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'multipart/form-data; boundary=xx' },
    });
    request.on('error', () => undefined);
    const head = (name: string) =>
      `--xx\r\ncontent-disposition: form-data; name="files"; filename="${name}"\r\n\r\n`;
    request.write(head('whole.wav'));
    request.write(randomBytes(100_000));
    request.write(`\r\n${head('half.wav')}`);
    request.write(randomBytes(100_000));
    await until(() => onDisk().length === 2);
    return request;
  }

  it('leaves nothing when its client is gone', async () => {
    (await begin()).destroy();
    await until(() => onDisk().length === 0);
    expect(await stores.uploads.listUnfinished()).toEqual([]);
    expect(requested).toEqual([]);
  });

  it('is cut when nothing comes for 30 s, but may take as long as it comes', async () => {
    const request = await begin();
    for (let chunks = 0; chunks < 4; chunks += 1) {
      house.clock.advance(29_000);
      request.write(randomBytes(1000));
      await pause(30);
    }
    expect(onDisk()).toHaveLength(2);
    house.clock.advance(30_000);
    await until(() => onDisk().length === 0);
    expect(requested).toEqual([]);
  });
});

describe('other requests', () => {
  it('are cut when their body does not arrive in 30 s', async () => {
    const { authorization } = await house.as('root');
    const request = httpRequest(`${baseUrl}/api/create_user`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'content-length': 100 },
    });
    const closed = new Promise<string>((resolve) => {
      request.on('error', (error) => resolve(error.message));
    });
    request.write('{');
    await pause(50);
    house.clock.advance(30_000);
    expect(await closed).toMatch(/hang up|ECONNRESET/);
  });
});
