import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conversationIdSchema, userIdSchema } from '@friend-lite/contract';
import { fakeClock } from '../../base/fake-clock.ts';
import { initialStages } from '../../conversations/index.ts';
import { openDatabase } from './database.ts';
import { openSqlite } from './index.ts';
import { schemaVersion } from './migrate.ts';

const userId = userIdSchema.parse('665f00000000000000a11ce0');
const conversationId = conversationIdSchema.parse('00000000-0000-4000-8000-000000000001');
const clock = fakeClock();

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sqlite-'));
  path = join(directory, 'data', 'friend-lite.db');
});

afterEach(() => rmSync(directory, { recursive: true }));

const enqueue = (stores: ReturnType<typeof openSqlite>, key: string) =>
  stores.jobs.enqueue({ kind: 'crop', key, userId, payload: null });

describe('a database file', () => {
  it('is made with its directory, for its owner alone', () => {
    const stores = openSqlite({ path, clock });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    expect(stores.describe()).toMatchObject({
      engine: expect.stringMatching(/^SQLite 3\./) as string,
      path,
      schemaVersion,
      byteCount: expect.any(Number) as number,
    });
    stores.close();
  });

  it('keeps what was written when it is opened again', async () => {
    const first = openSqlite({ path, clock });
    const job = await enqueue(first, 'a');
    first.close();
    const second = openSqlite({ path, clock });
    expect(await second.jobs.findByKey('a')).toEqual(job);
    second.close();
  });

  it('is refused to a second server, and free again once the first has closed it', () => {
    const first = openSqlite({ path, clock });
    expect(() => openSqlite({ path, clock })).toThrow(
      /friend-lite\.db is in use by another server/,
    );
    first.close();
    openSqlite({ path, clock }).close();
  });

  it('leaves no lock behind when its server is killed, and loses nothing that was written', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./open-child.fixture.ts', import.meta.url)), path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await once(child.stdout, 'data');
      expect(() => openSqlite({ path, clock })).toThrow(/in use by another server/);
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'close');
    const stores = openSqlite({ path, clock });
    expect(await stores.jobs.findByKey('written before the kill')).toMatchObject({ kind: 'crop' });
    stores.close();
  });

  it('can be read by others while a server has it open', async () => {
    const stores = openSqlite({ path, clock });
    await enqueue(stores, 'a');
    const reader = new Sqlite(path, { readonly: true });
    expect(reader.prepare('SELECT key FROM jobs').pluck().all()).toEqual(['a']);
    reader.close();
    await enqueue(stores, 'b');
    stores.close();
  });

  it('is refused when a newer version wrote it, and left as it is', () => {
    openSqlite({ path, clock }).close();
    const newer = new Sqlite(path);
    newer.pragma(`user_version = ${schemaVersion + 1}`);
    newer.close();
    expect(() => openSqlite({ path, clock })).toThrow(/written by a newer version of Friend-Lite/);
    const left = new Sqlite(path);
    expect(left.pragma('user_version', { simple: true })).toBe(schemaVersion + 1);
    left.close();
  });

  it('knows of older conversations when their recordings began, and nothing of pins', async () => {
    mkdirSync(dirname(path));
    const older = new Sqlite(path);
    for (const name of [
      '001-records.sql',
      '002-opus-segments.sql',
      '003-uploads.sql',
      '004-retention.sql',
    ]) {
      older.exec(readFileSync(new URL(`migrations/${name}`, import.meta.url), 'utf8'));
    }
    older.pragma('user_version = 4');
    const captureId = 'c'.repeat(32);
    older
      .prepare(
        `INSERT INTO conversations (user_id, id, client_id, created_at, started_at, phase, stages, ranges,
          utterance_count, memory_count) VALUES (?, ?, 'a11ce0-mic', 1, 5000.5, 'open', ?, ?, 0, 0)`,
      )
      .run(
        userId,
        conversationId,
        JSON.stringify(initialStages),
        JSON.stringify([{ captureId, startMs: 2000.5, endMs: 4000 }]),
      );
    older.close();

    const stores = openSqlite({ path, clock });
    expect(await stores.conversations.find(userId, conversationId)).toMatchObject({
      ranges: [{ captureId, captureStartedAt: 3000, startMs: 2000.5, endMs: 4000 }],
      revision: 0,
      isPinned: false,
      mergedInto: null,
    });
    stores.close();
  });

  it('is migrated whole or not at all', () => {
    openDatabase(path).close();
    const foreign = new Sqlite(path);
    const tables = foreign
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'users'")
      .pluck();
    foreign.exec('DROP TABLE users; PRAGMA user_version = 0');
    expect(() => openDatabase(path)).toThrow(/already exists/);
    expect(tables.all()).toEqual([]);
    expect(foreign.pragma('user_version', { simple: true })).toBe(0);
    foreign.close();
  });
});

describe('a durable write', () => {
  it('waits for the disk, and the next one does not', () => {
    const database = openDatabase(path);
    const synchronous = () => database.sql.pragma('synchronous', { simple: true });
    const full = 2;
    const normal = 1;
    expect(synchronous()).toBe(normal);
    expect(database.durably(() => synchronous())).toBe(full);
    expect(() =>
      database.durably(() => {
        throw new Error('refused');
      }),
    ).toThrow('refused');
    expect(database.atomically(() => synchronous())).toBe(normal);
    database.close();
  });
});
