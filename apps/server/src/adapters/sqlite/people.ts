import { personIdSchema, userIdSchema, utteranceIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import type { CountedPerson, Person, PersonStore } from '../../conversations/index.ts';
import type { Database } from './database.ts';
import { many, one } from './rows.ts';

const columns = {
  id: personIdSchema,
  userId: userIdSchema,
  name: z.string(),
  createdAt: z.number(),
};
const personRow: z.ZodType<Person> = z.object(columns);
const countedRow: z.ZodType<CountedPerson> = z.object({ ...columns, utteranceCount: z.int() });
const speakerRow = z.object({ ...columns, utteranceId: utteranceIdSchema });

export function sqlitePeople({ sql, atomically }: Database): PersonStore {
  const insert = sql.prepare(`
    INSERT INTO people (user_id, id, name, created_at) VALUES (:userId, :id, :name, :createdAt)
    ON CONFLICT DO NOTHING`);
  const rename = sql.prepare(`
    UPDATE people SET name = ? WHERE user_id = ? AND id = ?
    RETURNING id, user_id AS userId, name, created_at AS createdAt`);
  const byName = sql.prepare(`
    SELECT id, user_id AS userId, name, created_at AS createdAt,
      (SELECT count(*) FROM utterance_speakers s WHERE s.user_id = p.user_id AND s.person_id = p.id)
        AS utteranceCount
    FROM people p WHERE user_id = ? ORDER BY name COLLATE NOCASE, id`);
  const speakers = sql.prepare(`
    SELECT p.id, p.user_id AS userId, p.name, p.created_at AS createdAt, s.utterance_id AS utteranceId
    FROM json_each(?) AS wanted
    JOIN utterance_speakers s ON s.user_id = ? AND s.utterance_id = wanted.value
    JOIN people p ON p.user_id = s.user_id AND p.id = s.person_id`);
  const assign = sql.prepare(`
    INSERT INTO utterance_speakers (user_id, utterance_id, person_id) VALUES (?, ?, ?)
    ON CONFLICT (user_id, utterance_id) DO UPDATE SET person_id = excluded.person_id`);
  const release = sql.prepare(
    'DELETE FROM utterance_speakers WHERE user_id = ? AND utterance_id = ?',
  );
  const handOver = sql.prepare(
    'UPDATE utterance_speakers SET person_id = ? WHERE user_id = ? AND person_id = ?',
  );
  const remove = sql.prepare('DELETE FROM people WHERE user_id = ? AND id = ?');

  return {
    async add(person) {
      insert.run(person);
    },
    rename: async (userId, id, name) => one(personRow, rename.get(name, userId, id)),
    list: async (userId) => many(countedRow, byName.all(userId)),
    speakersOf: async (userId, utterances) =>
      new Map(
        many(speakerRow, speakers.all(JSON.stringify(utterances), userId)).map(
          ({ utteranceId, ...person }) => [utteranceId, person],
        ),
      ),
    async assign(userId, utterances, personId) {
      atomically(() => {
        for (const id of utterances) {
          if (personId === null) release.run(userId, id);
          else assign.run(userId, id, personId);
        }
      });
    },
    merge: async (userId, from, to) =>
      atomically(() => {
        const { changes } = handOver.run(to, userId, from);
        remove.run(userId, from);
        return changes;
      }),
    remove: async (userId, id) => remove.run(userId, id).changes > 0,
  };
}
