import { ApiError, createClient } from '@friend-lite/client';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { startScriptedServer, wellHealth } from '../scripted-server.fake.ts';
import { examine, report, type DoctorDeps } from './doctor.ts';

const gib = 1024 ** 3;

const deps = (server: string, changes: Partial<DoctorDeps> = {}): DoctorDeps => ({
  server,
  nodeVersion: 'v24.0.0',
  openSession: async () => {
    const client = createClient({ baseUrl: server, token: 'valid-token' });
    return { client, token: 'valid-token', user: await client.me() };
  },
  hasCredentials: async () => true,
  freeBytes: async () => 100 * gib,
  signal: new AbortController().signal,
  ...changes,
});

describe('the doctor', () => {
  it('finds a server well', async () => {
    await using server = await startScriptedServer();
    const text = report(await examine(deps(server.url)));
    expect(text).not.toMatch(/[✗!]/);
    expect(text).toContain('SQLite');
    expect(text).toContain('signed in as nora@example.com (administrator)');
    expect(text).toContain('All is well.');
  });

  it('names what is missing without calling it broken', async () => {
    await using server = await startScriptedServer();
    const recogniser = {
      label: 'Recogniser',
      status: '⚠️ None. apt-get install pocketsphinx',
      healthy: false,
      critical: false,
    };
    server.health = { ...wellHealth, services: { ...wellHealth.services, recogniser } };
    const text = report(await examine(deps(server.url)));
    expect(text).toMatch(/^! Recogniser {2}None\. apt-get install pocketsphinx$/m);
    expect(text).toContain('Works; could be better: 1.');
  });

  it('says that nobody answers, and stops there', async () => {
    const findings = await examine(deps('http://127.0.0.1:9'));
    expect(findings.at(-1)).toMatchObject({ mark: 'bad', what: 'Server' });
    expect(findings.at(-1)?.detail).toContain('npm start');
  });

  it('says that the first run is not done', async () => {
    await using server = await startScriptedServer();
    server.health = { ...wellHealth, setup_required: true };
    expect((await examine(deps(server.url))).at(-1)).toMatchObject({
      mark: 'bad',
      what: 'First run',
    });
  });

  it('tells a refused login from none', async () => {
    await using server = await startScriptedServer();
    const refused = { openSession: () => Promise.reject(new ApiError(400, 'bad_credentials', '')) };
    expect((await examine(deps(server.url, refused))).at(-1)).toEqual({
      mark: 'bad',
      what: 'Login',
      detail: 'Email or password is wrong.',
    });
    const none = {
      openSession: () => Promise.reject(new CliError('You are not signed in')),
      hasCredentials: async () => false,
    };
    expect((await examine(deps(server.url, none))).at(-1)).toMatchObject({ mark: 'warn' });
  });

  it.each([
    [100 * gib, 'ok'],
    [2 * gib, 'warn'],
    [0.1 * gib, 'bad'],
  ])('judges a disk with %i free bytes', async (free, mark) => {
    await using server = await startScriptedServer();
    const findings = await examine(deps(server.url, { freeBytes: async () => free }));
    expect(findings.find(({ what }) => what === 'Disk')).toMatchObject({ mark });
  });
});
