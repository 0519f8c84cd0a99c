import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, type House } from './house.fake.ts';

let house: House;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashboard-'));
  await writeFile(join(directory, 'index.html'), '<title>Dashboard</title>');
  await writeFile(join(directory, 'icon.svg'), '<svg/>');
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'assets', 'index-abc123.js'), 'start()');
  house = await openHouse(fakeClock(), { override: () => ({ dashboardDir: directory }) });
});
afterEach(async () => {
  await house.app.close();
  await rm(directory, { recursive: true });
});

const get = (url: string, accept = 'text/html,*/*') =>
  house.app.inject({ url, headers: { accept } });

describe('the dashboard', () => {
  it.each(['/', '/login', '/conversations/123', '/setup?token=x', '/health-page'])(
    'is one page at %s',
    async (url) => {
      const response = await get(url);

      expect(response.statusCode).toBe(200);
      expect(response.body).toBe('<title>Dashboard</title>');
      expect(response.headers['cache-control']).toBe('public, max-age=0');
    },
  );

  it('serves files, and for a year those whose name changes with their content', async () => {
    const script = await get('/assets/index-abc123.js', '*/*');
    const icon = await get('/icon.svg', '*/*');

    expect(script.body).toBe('start()');
    expect(script.headers['content-type']).toContain('javascript');
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(icon.headers['cache-control']).toBe('public, max-age=0');
  });

  it.each([
    ['/assets/index-old.js', 'text/html'],
    ['/assets/nothing', 'text/html'],
    ['/api/nothing', 'text/html'],
    ['/auth/nothing', 'text/html'],
    ['/missing.png', 'text/html'],
    ['/login', 'application/json'],
    ['/..%2f..%2fetc/passwd', 'text/html'],
    ['/%2e%2e/%2e%2e/etc/hosts.conf', 'text/html'],
    ['/.env', 'text/html'],
  ])('is not %s for %s', async (url, accept) => {
    const response = await get(url, accept);

    expect(response.statusCode === 404 || response.body === '<title>Dashboard</title>').toBe(true);
    expect(response.body).not.toContain('root:');
    if (!url.startsWith('/.')) expect(response.statusCode).toBe(404);
  });

  it('says how to build it while it is not built', async () => {
    await rm(join(directory, 'index.html'));
    const response = await get('/');

    expect(response.statusCode).toBe(503);
    expect(response.body).toContain('npm start');
  });
});
