import { afterAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../../base/fake-clock.ts';
import { sqliteCaptures } from './captures.ts';
import { sqliteConversations } from './conversations.ts';
import { inMemory, openDatabase, type Database } from './database.ts';
import { sqliteDevices } from './devices.ts';
import { sqliteEdits } from './edits.ts';
import { sqliteJobs } from './jobs.ts';
import { sqliteMemories } from './memories.ts';
import { sqliteRevokedTokens } from './revoked-tokens.ts';
import { sqliteRetentionSettings } from './settings.ts';
import { sqliteSpeech } from './speech.ts';
import { sqliteUpkeep } from './upkeep.ts';
import { sqliteUploads } from './uploads.ts';
import { sqliteUsers } from './users.ts';

const database = openDatabase(inMemory);
afterAll(() => database.close());

/** The text of every statement the stores prepare. */
function statements(): readonly string[] {
  const texts: string[] = [];
  const sql = new Proxy(database.sql, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name) as unknown;
      return (text: string) => {
        texts.push(text);
        return target.prepare(text);
      };
    },
  });
  const watched: Database = { ...database, sql };
  const clock = fakeClock();
  sqliteUsers(watched);
  sqliteUploads(watched);
  sqliteDevices(watched);
  sqliteRevokedTokens(watched, clock);
  sqliteCaptures(watched);
  sqliteConversations(watched);
  sqliteEdits(watched);
  sqliteSpeech(watched);
  sqliteMemories(watched);
  sqliteJobs(watched, clock);
  sqliteRetentionSettings(watched);
  sqliteUpkeep(watched);
  return texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

/** How SQLite would run it, a line a step. */
function planOf(statement: string): readonly string[] {
  const filledIn = statement.replaceAll(/\?|:\w+/g, '1');
  return database.sql
    .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${filledIn}`)
    .all()
    .map((row) => row.detail);
}

/** Users are few; captures are looked through once, behind a start, for what is to be packed. */
const mayReadAll = /^SCAN (users|captures)$/;

describe('every statement', () => {
  const all = statements();

  it('is looked at', () => {
    expect(all.length).toBeGreaterThan(50);
  });

  it.each(all)('finds its rows by an index: %s', (statement) => {
    for (const step of planOf(statement)) {
      if (mayReadAll.test(step)) continue;
      expect(step).not.toMatch(/^SCAN (?!.* (USING (COVERING )?INDEX|VIRTUAL TABLE))/);
    }
  });

  it.each(all.filter((text) => text.includes('ORDER BY') && text.includes('LIMIT')))(
    'that reads a page reads it in order, without sorting: %s',
    (statement) => {
      const sorts = planOf(statement).filter((step) => step.includes('TEMP B-TREE'));
      expect(sorts).toEqual([]);
    },
  );
});

describe('the work of a restart', () => {
  it.each([
    ['conversations', 'conversations_unfinished'],
    ['captures', 'captures_unsealed'],
    ['speech_progress', 'speech_unfinished'],
    ['jobs', 'jobs_due'],
  ])('is found in an index of what is unfinished alone: %s', (table, index) => {
    const partial = database.sql
      .prepare('SELECT name FROM pragma_index_list(?) WHERE partial = 1')
      .pluck()
      .all(table);
    expect(partial).toEqual([index]);
    expect(statements().flatMap(planOf).join('\n')).toContain(`INDEX ${index}`);
  });
});
