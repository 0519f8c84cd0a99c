import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@friend-lite/client';
import { describe, expect, it } from 'vitest';
import { until } from './harness/until.ts';
import { startServerProcess, temporaryDirectory, testAdmin } from './harness/server-process.ts';

const unset = { ADMIN_EMAIL: '', ADMIN_PASSWORD: '' };
const mainPath = fileURLToPath(new URL('../src/main.ts', import.meta.url));

describe('the first run', () => {
  it('prints a setup link, answers nothing else until it is used, and takes it once', async () => {
    using directory = temporaryDirectory();
    const server = await startServerProcess(directory.path, unset);
    try {
      const link = await until(() => /http:\/\/\S+\/setup\?token=(\S+)/.exec(server.output()));
      expect(link[0]).toMatch(new RegExp(`^${server.url}/setup`));
      const post = async (path: string, body: unknown) =>
        (
          await fetch(`${server.url}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          })
        ).status;

      expect((await fetch(`${server.url}/health`)).status).toBe(200);
      expect((await fetch(`${server.url}/api/conversations`)).status).toBe(503);
      expect(await post('/api/create_user', testAdmin)).toBe(503);
      expect(await post('/api/setup', { token: 'guessed', ...testAdmin })).toBe(404);
      expect(await post('/api/setup', { token: link[1], ...testAdmin })).toBe(201);
      expect(await post('/api/setup', { token: link[1], ...testAdmin })).toBe(404);

      const client = createClient({ baseUrl: server.url });
      expect((await client.loginForToken(testAdmin)).token_type).toBe('bearer');
    } finally {
      await server.stop();
    }
    const again = await startServerProcess(directory.path, unset);
    expect(again.output()).not.toContain('/setup?token=');
    expect(await again.stop()).toBe(0);
  });

  it('makes a secret that only its owner can read, and keeps it', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'auth-secret');
    const first = await startServerProcess(directory.path);
    const token = await createClient({ baseUrl: first.url }).loginForToken(testAdmin);
    await first.stop();
    const secret = readFileSync(path, 'utf8');
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const second = await startServerProcess(directory.path);
    try {
      const client = createClient({ baseUrl: second.url, token: token.access_token });
      expect((await client.me()).email).toBe(testAdmin.email);
      expect(readFileSync(path, 'utf8')).toBe(secret);
      expect(second.output()).not.toContain(secret);
    } finally {
      await second.stop();
    }
  });

  it.each([
    ['AUTH_SECRET_KEY', 'your-super-secret-jwt-key-here-make-it-long-and-random'],
    ['AUTH_SECRET_KEY', 'mine-alone'],
    ['ADMIN_PASSWORD', 'your-secure-admin-password'],
    ['PORT', 'eighty'],
  ])('refuses to start with %s=%s, and names the variable', async (name, value) => {
    using directory = temporaryDirectory();
    const { code, output } = await runToEnd(directory.path, { [name]: value });
    expect(code).toBe(1);
    expect(output).toContain(name);
    expect(output).not.toContain(value);
  });

  it('reads .env, and stays out of a data directory that another server uses', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, '.env'), 'NEW_CONVERSATION_TIMEOUT_MINUTES=7\n');
    const server = await startServerProcess(directory.path);
    try {
      const { config } = await createClient({ baseUrl: server.url }).health();
      expect(config).toMatchObject({ new_conversation_timeout_minutes: 7 });
      const { code, output } = await runToEnd(directory.path, {});
      expect(code).toBe(1);
      expect(output).toContain('another');
    } finally {
      await server.stop();
    }
  });
});

async function runToEnd(
  dataDir: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [mainPath], {
    cwd: dataDir,
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, output };
}
