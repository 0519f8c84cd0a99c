import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateSecret, readConfig, withEnvFile } from './index.ts';

const problemWith = (environment: Record<string, string>): string => {
  try {
    readConfig(environment, '/srv');
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(readConfig({}, '/srv')).toMatchObject({
      port: 8000,
      dataDir: '/srv/data',
      publicUrl: 'http://localhost:8000',
      authSecretKey: null,
      admin: { email: 'admin@example.com', password: null },
      conversationTimeoutMs: 90_000,
      reconnectGraceMs: 60_000,
      transcription: { wyomingUri: null, collectMs: 90_000, finalPass: 'auto' },
    });
  });

  it('treats an empty variable as unset', () => {
    expect(readConfig({ ADMIN_PASSWORD: '', PORT: ' ' }, '/srv')).toMatchObject({
      port: 8000,
      admin: { password: null },
    });
  });

  it.each([
    ['AUTH_SECRET_KEY', 'your-super-secret-jwt-key-here-make-it-long-and-random'],
    ['AUTH_SECRET_KEY', 'tiny-key'],
    ['AUTH_SECRET_KEY', 'a'.repeat(64)],
    ['ADMIN_PASSWORD', 'your-secure-admin-password'],
    ['ADMIN_PASSWORD', 'tiny'],
    ['ADMIN_PASSWORD', 'ü'.repeat(40)],
    ['ADMIN_EMAIL', 'nobody'],
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['COOKIE_SECURE', 'perhaps'],
    ['NEW_CONVERSATION_TIMEOUT_MINUTES', '0'],
    ['RECONNECT_GRACE_SECONDS', '-1'],
    ['OFFLINE_ASR_TCP_URI', 'http://asr:1'],
    ['OFFLINE_ASR_TCP_URI', 'tcp://asr'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s, naming the variable and not its value', (name, value) => {
    const problem = problemWith({ [name]: value });
    expect(problem).toContain(name);
    expect(problem).not.toContain(value);
  });

  it('names every wrong variable at once', () => {
    const problem = problemWith({ PORT: 'x', ADMIN_EMAIL: 'x' });
    expect(problem).toContain('PORT');
    expect(problem).toContain('ADMIN_EMAIL');
  });
});

describe('files of the configuration', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'friend-lite-config-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('reads .env, and lets set variables win', () => {
    const path = join(dir, '.env');
    writeFileSync(path, 'PORT=9000\nADMIN_EMAIL="a@b.org" # who\n');
    expect(withEnvFile(path, { PORT: '9001' })).toEqual({ PORT: '9001', ADMIN_EMAIL: 'a@b.org' });
  });

  it('does without a .env', () => {
    expect(withEnvFile(join(dir, 'none'), { PORT: '1' })).toEqual({ PORT: '1' });
  });

  it('makes a secret once, readable by its owner alone', () => {
    const secret = loadOrCreateSecret(join(dir, 'data'));
    expect(secret.length).toBeGreaterThanOrEqual(64);
    expect(loadOrCreateSecret(join(dir, 'data'))).toBe(secret);
    const path = join(dir, 'data', 'auth-secret');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe(secret);
  });
});
