import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialsPath, environmentCredentials, tokenStore } from './credentials.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'friend-lite-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('kept tokens', () => {
  it('are kept by server, for their owner alone', async () => {
    const path = credentialsPath({ XDG_CONFIG_HOME: folder });
    const store = tokenStore(path);
    expect(await store.read('http://a')).toBeNull();
    await store.write('http://a', 'one');
    await store.write('http://b', 'two');
    await store.write('http://a', 'three');
    expect(await store.read('http://a')).toBe('three');
    expect(await store.read('http://b')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it.each(['', '{"tokens": 1}', '{"tokens": {"http://a": 7}}', 'null', '{oops'])(
    'are none in a file that holds %s',
    async (content) => {
      const path = join(folder, 'credentials.json');
      writeFileSync(path, content);
      expect(await tokenStore(path).read('http://a')).toBeNull();
      await tokenStore(path).write('http://a', 'new');
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ tokens: { 'http://a': 'new' } });
    },
  );
});

describe('credentials of the environment', () => {
  const own = { FRIEND_LITE_EMAIL: 'me@a.org', FRIEND_LITE_PASSWORD: 'mine' };
  const admin = { ADMIN_EMAIL: 'admin@a.org', ADMIN_PASSWORD: 'theirs' };
  const find = (server: string, environment: Record<string, string>, envFile = 'none') =>
    environmentCredentials(server, environment, join(folder, envFile));

  it('are one’s own first', async () => {
    expect(await find('http://localhost', { ...own, ...admin })).toEqual({
      email: 'me@a.org',
      password: 'mine',
    });
  });

  it('are the administrator’s for a server on this machine alone', async () => {
    const expected = { email: 'admin@a.org', password: 'theirs' };
    expect(await find('http://localhost:8000', admin)).toEqual(expected);
    expect(await find('https://elsewhere.example', admin)).toBeNull();
  });

  it('may stand in .env, with the usual address', async () => {
    writeFileSync(join(folder, '.env'), 'ADMIN_PASSWORD=from-file\n');
    expect(await find('http://localhost', {}, '.env')).toEqual({
      email: 'admin@example.com',
      password: 'from-file',
    });
    expect(await find('http://localhost', {})).toBeNull();
  });
});
