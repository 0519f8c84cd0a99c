import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, openAudioStream, type Client } from '@friend-lite/client';
import { describe, expect, it } from 'vitest';
import { startServerProcess, temporaryDirectory, testAdmin } from './harness/server-process.ts';
import { until } from './harness/until.ts';

const quiet = { LOCAL_ASR_ENABLED: 'false', MIN_FREE_DISK_MB: '24' };
const secondBytes = 32_000;

/** A hum: sound that packs well, and that nobody takes for speech. */
function hum(seconds: number): Uint8Array {
  const samples = Int16Array.from({ length: seconds * 16_000 }, (_, at) =>
    Math.round(Math.sin(at / 40) * 900 + ((at * 31) % 7)),
  );
  return new Uint8Array(samples.buffer);
}

async function signIn(url: string): Promise<{ readonly client: Client; readonly token: string }> {
  const { access_token: token } = await createClient({ baseUrl: url }).loginForToken(testAdmin);
  return { client: createClient({ baseUrl: url, token }), token };
}

async function record(url: string, token: string, pcm: Uint8Array): Promise<string> {
  const stream = await openAudioStream({ baseUrl: url, token, deviceName: 'hall' });
  for (let at = 0; at < pcm.length; at += secondBytes) {
    await stream.send(pcm.subarray(at, at + secondBytes));
  }
  const { clients } = await until(async () => {
    const active = await createClient({ baseUrl: url, token }).activeClients();
    return active.clients.some(({ capture_id }) => capture_id !== null) ? active : null;
  });
  stream.stop();
  await stream.close();
  const id = clients[0]?.capture_id;
  if (!id) throw new Error('nothing was recorded');
  return id;
}

describe('what is kept', () => {
  it('is packed, checked, shown, and erased without a trace', async () => {
    using directory = temporaryDirectory();
    const server = await startServerProcess(directory.path, quiet);
    try {
      const { client, token } = await signIn(server.url);
      const pcm = hum(75);
      const captureId = await record(server.url, token, pcm);
      const { id: userId } = await client.me();
      const folder = join(directory.path, 'audio', userId, captureId);

      await until(() => (readdirSync(folder).join() === '000000.flac,000001.flac' ? true : null));
      const use = await until(async () => {
        const storage = await client.storage();
        return storage.audio.pcm === 0 ? storage : null;
      });
      expect(use.audio.flac).toBeGreaterThan(0);
      expect(use.audio_bytes_per_hour).toBeLessThan(0.8 * 3600 * secondBytes);
      expect(use.devices).toHaveLength(1);

      const headers = { authorization: `Bearer ${token}` };
      const wav = await fetch(`${server.url}/api/captures/${captureId}/audio`, { headers });
      expect(
        Buffer.from(await wav.arrayBuffer())
          .subarray(44)
          .equals(pcm),
      ).toBe(true);

      const check = async () => Array.fromAsync(client.checkCaptures());
      expect((await check()).at(-1)).toEqual({ type: 'done', captures: 1, segments: 2, faults: 0 });
      truncateSync(join(folder, '000001.flac'), 5000);
      expect((await check()).filter((line) => line.type === 'fault')).toMatchObject([
        { segment: 1, fault: 'size' },
        { segment: 1, fault: 'damaged' },
      ]);

      expect((await client.previewRetention()).bytes).toBe(0);
      const erased = await client.eraseMyData();
      expect(erased.records).toMatchObject({ captures: 1, segments: 2 });
      expect(erased.files).toBe(2);
      expect(readdirSync(join(directory.path, 'audio'))).toEqual([]);
      expect((await client.storage()).devices).toEqual([]);
    } finally {
      await server.stop();
    }
  }, 60_000);

  it('grows no further on a full disk, and again once there is room', async (test) => {
    const path = mkdtempSync(join(tmpdir(), 'friend-lite-small-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', path], { stdio: 'ignore' });
    } catch {
      rmSync(path, { recursive: true });
      test.skip('only root can mount a small disk');
    }
    const server = await startServerProcess(path, quiet);
    try {
      const { token } = await signIn(server.url);
      const options = { baseUrl: server.url, token, deviceName: 'hall' };
      const stream = await openAudioStream(options);
      await stream.send(hum(1));
      await until(() => (readdirSync(path).includes('reserve') ? true : null));

      writeFileSync(join(path, 'filler'), Buffer.alloc(60 * 1024 ** 2));
      await expect(
        until(async () => {
          await stream.send(hum(1));
          return null;
        }, 8000),
      ).rejects.toMatchObject({ code: 'storage_full' });
      expect(readdirSync(path)).not.toContain('reserve');
      await expect(openAudioStream(options)).rejects.toMatchObject({ code: 'storage_full' });

      rmSync(join(path, 'filler'));
      const again = await until(() => openAudioStream(options).catch(() => null), 8000);
      await again.send(hum(1));
      again.stop();
      await again.close();
    } finally {
      await server.stop();
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    }
  }, 60_000);
});
