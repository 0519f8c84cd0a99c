import { execFileSync } from 'node:child_process';
import { openAsBlob, readdirSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@friend-lite/client';
import type { ConversationBody, ImportJobBody } from '@friend-lite/contract';
import { isInstalled, speakDialogue, walkDialogue, walkVoices } from '@friend-lite/simulators';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wavHeader, speechFormat } from '../src/audio/index.ts';
import {
  startServerProcess,
  temporaryDirectory,
  testAdmin,
  type ServerProcess,
} from './harness/server-process.ts';
import { until } from './harness/until.ts';
import { download } from './harness/walk.ts';

const hasPrograms = isInstalled('flite') && isInstalled('ffmpeg');
const bytesPerMs = 32;
const environment = { NEW_CONVERSATION_TIMEOUT_MINUTES: '0.1', LOCAL_ASR_ENABLED: 'false' };

let folder: string;
/** Somebody speaks for some seconds. */
let speech: Buffer;

beforeAll(async () => {
  if (!hasPrograms) return;
  folder = await mkdtemp(join(tmpdir(), 'friend-lite-uploads-'));
  const { pcm } = await speakDialogue(walkDialogue.slice(0, 3), { voices: walkVoices });
  speech = Buffer.from(pcm);
});
afterAll(() => (folder ? rm(folder, { recursive: true }) : undefined));

const wavOf = (pcm: Uint8Array): Buffer =>
  Buffer.concat([wavHeader(speechFormat, pcm.byteLength), pcm]);
const silence = (ms: number): Buffer => Buffer.alloc(ms * bytesPerMs);

/** The sound as a file of the format that the name says. */
async function encoded(
  name: string,
  pcm: Uint8Array,
  ...options: readonly string[]
): Promise<string> {
  const [source, target] = [join(folder, `${name}.source.wav`), join(folder, name)];
  await writeFile(source, wavOf(pcm));
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', source, ...options, target]);
  return target;
}

/** What a decoder makes of a file, by another way than the server's. */
function decoded(path: string): Buffer {
  return execFileSync(
    'ffmpeg',
    ['-v', 'error', '-i', path, '-ac', '1', '-ar', '16000', '-f', 's16le', 'pipe:1'],
    { maxBuffer: 1024 ** 3 },
  );
}

interface Visitor {
  readonly client: Client;
  readonly token: string;
}

async function signIn(server: ServerProcess, credentials = testAdmin): Promise<Visitor> {
  const { access_token: token } = await createClient({ baseUrl: server.url }).loginForToken(
    credentials,
  );
  return { client: createClient({ baseUrl: server.url, token }), token };
}

const blob = (bytes: Uint8Array): Blob => new Blob([Uint8Array.from(bytes)]);

const untilOver = (client: Client, jobId: string): Promise<ImportJobBody> =>
  until(async () => {
    const job = await client.importJob(jobId);
    return job.status === 'completed' || job.status === 'failed' ? job : null;
  });

/** All conversations, once nothing is open and there are `count` of them. */
const untilConversations = (client: Client, count: number): Promise<readonly ConversationBody[]> =>
  until(async () => {
    const { conversations } = await client.conversations({ limit: 100 });
    const isOver = conversations.every(({ ended_at }) => ended_at !== null);
    return conversations.length >= count && isOver ? conversations : null;
  });

const captureSound = (
  server: ServerProcess,
  { token }: Visitor,
  captureId: string | null | undefined,
): Promise<Buffer> => download(`${server.url}/api/captures/${captureId ?? ''}/audio`, token);

/** Everything under a directory. */
const filesUnder = (path: string): readonly string[] => {
  try {
    return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(path, name)).isFile(),
    );
  } catch {
    return [];
  }
};

describe.skipIf(!hasPrograms)('uploads (need flite and ffmpeg)', () => {
  it('take every common format, and tell of each broken file by itself', async () => {
    using directory = temporaryDirectory();
    const server = await startServerProcess(directory.path, environment);
    try {
      const visitor = await signIn(server);
      const { client } = visitor;
      const good = {
        'plain.wav': await encoded('plain.wav', speech),
        'studio.wav': await encoded(
          'studio.wav',
          speech,
          '-ar',
          '44100',
          '-ac',
          '2',
          '-c:a',
          'pcm_s24le',
        ),
        'old.wav': await encoded('old.wav', speech, '-ar', '8000', '-c:a', 'pcm_u8'),
        'float.wav': await encoded('float.wav', speech, '-ar', '48000', '-c:a', 'pcm_f32le'),
        'a.mp3': await encoded('a.mp3', speech),
        'a.m4a': await encoded('a.m4a', speech),
        'a.ogg': await encoded('a.ogg', speech, '-c:a', 'libvorbis'),
        'a.flac': await encoded('a.flac', speech),
        'a.opus': await encoded('a.opus', speech),
        'a.webm': await encoded('a.webm', speech, '-c:a', 'libopus'),
      };
      const items = await Promise.all(
        Object.entries(good).map(async ([name, path]) => ({
          name,
          content: await openAsBlob(path),
        })),
      );
      items.splice(3, 0, {
        name: '../../etc/\u202eevil\u0007.wav',
        content: blob(Buffer.from('no')),
      });
      items.push({ name: 'empty.mp3', content: blob(Buffer.alloc(0)) });

      const accepted = await client.upload(items, { deviceName: 'Field Recorder' });
      expect(accepted).toMatchObject({
        total_files: 12,
        successful: 11,
        failed: 1,
        client_id: expect.stringMatching(/-fieldrecor$/) as unknown,
        status_url: `/api/queue/jobs/${accepted.job_id}`,
      });
      const job = await untilOver(client, accepted.job_id);
      expect(job).toMatchObject({
        status: 'completed',
        processed_files: 12,
        progress_percent: 100,
      });
      const byName = new Map(job.files.map((file) => [file.filename, file]));
      expect(byName.get('evil.wav')).toMatchObject({
        status: 'failed',
        error_code: 'undecodable_file',
      });
      expect(byName.get('empty.mp3')).toMatchObject({
        status: 'failed',
        error_code: 'no_sound_in_file',
      });
      const seconds = speech.length / bytesPerMs / 1000;
      for (const name of Object.keys(good)) {
        const file = byName.get(name);
        expect(file, name).toMatchObject({ status: 'completed', error_message: null });
        expect(Math.abs((file?.duration_seconds ?? 0) - seconds), name).toBeLessThan(0.2);
        expect((await client.importJob(file?.job_id ?? '')).files).toHaveLength(1);
      }
      const plain = await captureSound(server, visitor, byName.get('plain.wav')?.capture_id);
      expect(plain.equals(speech)).toBe(true);

      const conversations = await untilConversations(client, 10);
      expect(conversations).toHaveLength(10);
      expect((await client.activeClients()).clients).toEqual([]);
      expect(filesUnder(join(directory.path, 'uploads'))).toEqual([]);

      await client.createUser({ email: 'bob@example.com', password: testAdmin.password });
      const { client: bob } = await signIn(server, { ...testAdmin, email: 'bob@example.com' });
      for (const id of [accepted.job_id, job.files[0]?.job_id ?? '', 'nonsense']) {
        await expect(bob.importJob(id)).rejects.toMatchObject({
          status: 404,
          code: 'job_not_found',
        });
      }
    } finally {
      await server.stop();
    }
  });

  it('go on after kill -9 where they were: no conversation and no sound twice', async () => {
    using directory = temporaryDirectory();
    const spoken = [speech, silence(60_000), speech, silence(20 * 60_000), speech];
    const path = await encoded('day.flac', Buffer.concat(spoken), '-ar', '48000', '-ac', '2');
    const recordedAt = new Date('2026-01-02T03:04:05Z');
    let jobId = '';
    let kills = 0;
    let server = await startServerProcess(directory.path, environment);
    try {
      const items = [{ name: 'day.flac', content: await openAsBlob(path) }];
      jobId = (await (await signIn(server)).client.upload(items, { recordedAt })).job_id;
      for (const percent of [1, 30, 60]) {
        const { client } = await signIn(server);
        const job = await until(async () => {
          const now = await client.importJob(jobId);
          return now.progress_percent >= percent ? now : null;
        });
        if (job.status !== 'processing') continue;
        await server.kill();
        kills += 1;
        server = await startServerProcess(directory.path, environment);
      }
      const visitor = await signIn(server);
      const { client } = visitor;
      const job = await untilOver(client, jobId);
      expect(kills).toBeGreaterThan(0);
      expect(job.files).toMatchObject([
        { status: 'completed', recorded_at: recordedAt.toISOString() },
      ]);
      const sound = await captureSound(server, visitor, job.files[0]?.capture_id);
      expect(sound.equals(decoded(path))).toBe(true);

      const conversations = await untilConversations(client, 3);
      expect(conversations).toHaveLength(3);
      const starts = conversations.map(
        ({ started_at }) => Date.parse(started_at) - recordedAt.getTime(),
      );
      const speechMs = speech.length / bytesPerMs;
      const spokenAt = [0, speechMs + 60_000, 2 * speechMs + 21 * 60_000];
      for (const [index, start] of starts.toReversed().entries()) {
        expect(Math.abs(start - (spokenAt[index] ?? 0))).toBeLessThan(6000);
      }
      expect(filesUnder(join(directory.path, 'uploads'))).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('leave nothing behind when the client goes away in the middle', async () => {
    using directory = temporaryDirectory();
    const server = await startServerProcess(directory.path, environment);
    try {
      const { client, token } = await signIn(server);
      const request = httpRequest(`${server.url}/api/audio/upload`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'multipart/form-data; boundary=xx',
        },
      });
      request.on('error', () => undefined);
      const head = (name: string) =>
        `--xx\r\ncontent-disposition: form-data; name="files"; filename="${name}"\r\n\r\n`;
      request.write(head('whole.wav'));
      request.write(wavOf(speech));
      request.write(`\r\n${head('half.wav')}`);
      request.write(wavOf(speech).subarray(0, 100_000));
      const uploads = join(directory.path, 'uploads');
      await until(() => (filesUnder(uploads).length === 2 ? true : null));
      request.destroy();
      await until(() => (filesUnder(uploads).length === 0 ? true : null));
      expect((await client.conversations()).total_count).toBe(0);
    } finally {
      await server.stop();
    }
  });

  it('need ffmpeg for what is no WAV only, and say so', async () => {
    using directory = temporaryDirectory();
    const server = await startServerProcess(directory.path, {
      ...environment,
      PATH: '/nonexistent',
    });
    try {
      const { client } = await signIn(server);
      const mp3 = await readFile(await encoded('b.mp3', speech));
      const { job_id: jobId } = await client.upload([
        { name: 'b.mp3', content: blob(mp3) },
        { name: 'b.wav', content: blob(wavOf(speech)) },
      ]);
      const { files } = await untilOver(client, jobId);
      expect(files).toMatchObject([
        {
          status: 'failed',
          error_code: 'ffmpeg_missing',
          error_message: expect.stringContaining('apt-get install ffmpeg') as unknown,
        },
        { status: 'completed' },
      ]);
    } finally {
      await server.stop();
    }
  });
});
