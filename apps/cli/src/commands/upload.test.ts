import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, UploadFacts, UploadItem } from '@friend-lite/client';
import type { ImportJobBody, UserBody } from '@friend-lite/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaceClock } from '../pace.ts';
import { uploadFiles, type UploadOptions } from './upload.ts';

const instantly: PaceClock = { now: () => 0, sleep: async () => undefined };
const changed = new Date('2025-03-04T05:06:07Z');

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'friend-lite-upload-'));
  path = join(folder, 'walk.mp3');
  writeFileSync(path, 'sound');
  utimesSync(path, changed, changed);
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileBody = (change: Partial<ImportJobBody['files'][number]>) => ({
  job_id: 'f',
  filename: 'walk.mp3',
  client_id: 'abc123-upload',
  status: 'queued' as const,
  progress_percent: 0,
  recorded_at: null,
  duration_seconds: null,
  capture_id: null,
  error_code: null,
  error_message: null,
  ...change,
});

const jobBody = (change: Partial<ImportJobBody>): ImportJobBody => ({
  job_id: 'j',
  status: 'queued',
  created_at: '2026-01-01T00:00:00.000Z',
  progress_percent: 0,
  current_file: null,
  processed_files: 0,
  total_files: 1,
  files: [fileBody({})],
  error_message: null,
  ...change,
});

/** Uploads against a server that answers each look with the next of `jobs`. */
async function upload(jobs: readonly ImportJobBody[], options: Partial<UploadOptions> = {}) {
  const sent: { items: readonly UploadItem[]; facts: UploadFacts | undefined }[] = [];
  const said: string[] = [];
  const progress: (string | number | null)[] = [];
  const looks = [...jobs];
  const client = {
    upload: async (items: readonly UploadItem[], facts?: UploadFacts) => {
      sent.push({ items, facts });
      return { job_id: 'j' };
    },
    importJob: async () => looks.shift(),
  };
  const isWhole = await uploadFiles({
    server: 'http://friend.example',
    openSession: async () => ({
      client: client as unknown as Client,
      token: '',
      user: {} as UserBody,
    }),
    paths: [path],
    signal: new AbortController().signal,
    say: (line) => said.push(line),
    onProgress: (percent, file) => progress.push(percent, file),
    clock: instantly,
    ...options,
  });
  return { isWhole, sent, said, progress };
}

describe('uploading', () => {
  it('sends the file with its date, follows it, and says what came of it', async () => {
    const { isWhole, sent, said, progress } = await upload(
      [
        jobBody({ status: 'processing', progress_percent: 40, current_file: 'walk.mp3' }),
        jobBody({
          status: 'completed',
          files: [fileBody({ status: 'completed', duration_seconds: 12.34 })],
        }),
      ],
      { device: 'recorder' },
    );
    expect(isWhole).toBe(true);
    const [item] = sent[0]?.items ?? [];
    expect(item).toMatchObject({ name: 'walk.mp3', lastModified: changed });
    expect(await item?.content.text()).toBe('sound');
    expect(sent[0]?.facts).toEqual({ deviceName: 'recorder' });
    expect(progress).toEqual([40, 'walk.mp3', 100, null]);
    expect(said.at(-1)).toBe('  walk.mp3: 12.3 s of sound are in');
  });

  it('says why a file was not taken in, and that not all were', async () => {
    const { isWhole, said } = await upload([
      jobBody({
        status: 'failed',
        files: [fileBody({ status: 'failed', error_message: 'There is no sound in the file' })],
      }),
    ]);
    expect(isWhole).toBe(false);
    expect(said.at(-1)).toBe('  walk.mp3: There is no sound in the file');
  });

  it('refuses what it cannot read, and one beginning for several files', async () => {
    await expect(upload([], { paths: ['/no/such.wav'] })).rejects.toThrow('cannot be read');
    await expect(upload([], { paths: [path, path], recordedAt: changed })).rejects.toThrow(
      'one file',
    );
  });
});
