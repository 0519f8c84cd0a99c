import {
  clientIdSchema,
  conversationIdSchema,
  memoryIdSchema,
  memoryKindSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
  type UserId,
} from '@friend-lite/contract';
import { z } from 'zod';
import type { Memory, MemoryPlacement, MemoryStore } from '../../memory/index.ts';
import type { Database } from './database.ts';
import { countOf, flag, json, many, one } from './rows.ts';
import { rank } from './ranking.ts';
import { searchWords } from './search-words.ts';

const columns = `m.id, m.user_id AS userId, m.client_id AS clientId, m.kind, m.text, m.entities,
  m.valid_from AS validFrom, m.valid_until AS validUntil, m.created_at AS createdAt,
  m.updated_at AS updatedAt, m.conversation_id AS conversationId,
  m.transcript_version_id AS transcriptVersionId, m.utterance_ids AS utteranceIds,
  m.start_ms AS startMs, m.end_ms AS endMs, m.extractor, m.model, m.prompt_revision AS promptRevision`;

const flatMemory = z.object({
  id: memoryIdSchema,
  userId: userIdSchema,
  clientId: clientIdSchema,
  kind: memoryKindSchema,
  text: z.string(),
  entities: json(z.array(z.string())),
  validFrom: z.number(),
  validUntil: z.number().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  conversationId: conversationIdSchema,
  transcriptVersionId: transcriptVersionIdSchema,
  utteranceIds: json(z.array(utteranceIdSchema)),
  startMs: z.number(),
  endMs: z.number(),
  extractor: z.string(),
  model: z.string().nullable(),
  promptRevision: z.string(),
});

const memoryRow: z.ZodType<Memory> = flatMemory.transform(withProvenance);

const placementRow: z.ZodType<MemoryPlacement> = flatMemory
  .extend({ isHidden: flag })
  .transform(({ isHidden, ...row }) => {
    const { id, provenance } = withProvenance(row);
    return { id, provenance, isHidden };
  });

const ownerRow = z.object({ number: z.int() });

/** How many numbers each user has for memories. */
const numbersPerOwner = 2n ** 32n;

/** BigInt: better-sqlite3 binds larger numbers as REAL, and FTS5 narrows by whole numbers only. */
interface Numbers {
  readonly first: bigint;
  readonly last: bigint;
}

export function sqliteMemories({ sql, atomically }: Database): MemoryStore {
  const addOwner = sql.prepare(
    'INSERT INTO memory_owners (user_id) VALUES (?) ON CONFLICT DO NOTHING',
  );
  const owner = sql.prepare('SELECT number FROM memory_owners WHERE user_id = ?');
  const highestNumber = sql
    .prepare('SELECT max(number) FROM memories WHERE number BETWEEN ? AND ?')
    .pluck()
    .safeIntegers();
  const insert = sql.prepare(`
    INSERT INTO memories (number, user_id, id, client_id, kind, text, entities, valid_from, valid_until,
      created_at, updated_at, conversation_id, transcript_version_id, utterance_ids, start_ms, end_ms,
      extractor, model, prompt_revision)
    VALUES (:number, :userId, :id, :clientId, :kind, :text, :entities, :validFrom, :validUntil,
      :createdAt, :updatedAt, :conversationId, :transcriptVersionId, :utteranceIds, :startMs, :endMs,
      :extractor, :model, :promptRevision)
    ON CONFLICT (user_id, id) DO NOTHING`);
  const showAgain = sql.prepare(`
    UPDATE memories SET client_id = :clientId, text = :text, entities = :entities, valid_from = :validFrom,
      valid_until = :validUntil, updated_at = :updatedAt, conversation_id = :conversationId,
      transcript_version_id = :transcriptVersionId, utterance_ids = :utteranceIds, start_ms = :startMs,
      end_ms = :endMs, extractor = :extractor, model = :model, prompt_revision = :promptRevision,
      is_hidden = 0
    WHERE user_id = :userId AND id = :id AND is_hidden = 1`);
  const insertWords = sql.prepare(
    'INSERT INTO memory_words (rowid, text, entities) VALUES (?, ?, ?)',
  );
  const select = `SELECT ${columns} FROM memories m`;
  const byId = sql.prepare(`${select} WHERE m.user_id = ? AND m.id = ? AND m.is_hidden = 0`);
  const page = sql.prepare(`
    ${select} WHERE m.user_id = ? AND m.is_hidden = 0
    ORDER BY m.created_at DESC, m.number DESC LIMIT ? OFFSET ?`);
  const count = sql.prepare(
    'SELECT count(*) AS count FROM memories WHERE user_id = ? AND is_hidden = 0',
  );
  const byConversation = sql.prepare(`
    ${select} WHERE m.user_id = ? AND m.conversation_id = ? AND m.is_hidden = 0
    ORDER BY m.start_ms, m.number`);
  const placesByConversation = sql.prepare(`
    SELECT ${columns}, m.is_hidden AS isHidden FROM memories m WHERE m.user_id = ? AND m.conversation_id = ?`);
  const removeByConversation = sql.prepare(
    'DELETE FROM memories WHERE user_id = ? AND conversation_id = ?',
  );
  const byNumber = sql.prepare(`${select} WHERE m.user_id = ? AND m.number = ?`);
  const numbersWith = sql
    .prepare<[string, bigint, bigint], number>(
      `
    SELECT rowid FROM memory_words WHERE memory_words MATCH ? AND rowid BETWEEN ? AND ?`,
    )
    .pluck();

  /** Which numbers the user's memories have; null while there are none. */
  function numbersOf(userId: UserId): Numbers | null {
    const row = one(ownerRow, owner.get(userId));
    if (!row) return null;
    const first = BigInt(row.number) * numbersPerOwner;
    return { first, last: first + numbersPerOwner - 1n };
  }

  /** Numbers grow in the order memories are added. */
  function nextNumber({ first, last }: Numbers): bigint {
    const highest = z.bigint().nullable().parse(highestNumber.get(first, last));
    return highest === null ? first : highest + 1n;
  }

  function makeNumbers(userId: UserId): Numbers {
    addOwner.run(userId);
    const numbers = numbersOf(userId);
    if (!numbers) throw new Error('the owner of memories was not added');
    return numbers;
  }

  return {
    addMissing: async (userId, memories) =>
      atomically(() => {
        const first = nextNumber(makeNumbers(userId));
        let number = first;
        let shownAgain = 0;
        for (const { provenance, entities, ...memory } of memories) {
          const row = {
            ...memory,
            ...provenance,
            userId,
            entities: JSON.stringify(entities),
            utteranceIds: JSON.stringify(provenance.utteranceIds),
          };
          const isShownAgain = showAgain.run(row).changes === 1;
          if (isShownAgain) shownAgain += 1;
          if (isShownAgain || insert.run({ ...row, number }).changes === 0) continue;
          insertWords.run(number, memory.text, entities.join('\n'));
          number += 1n;
        }
        return Number(number - first) + shownAgain;
      }),

    find: async (userId, id) => one(memoryRow, byId.get(userId, id)),

    list: async (userId, { limit, offset }) => ({
      memories: many(memoryRow, page.all(userId, limit, offset)),
      total: countOf(count.get(userId)),
    }),

    removeByConversation: async (userId, conversationId) =>
      removeByConversation.run(userId, conversationId).changes,

    listByConversation: async (userId, conversationId) =>
      many(memoryRow, byConversation.all(userId, conversationId)),

    placesOf: async (userId, conversationId) =>
      many(placementRow, placesByConversation.all(userId, conversationId)),

    async search(userId, query, limit) {
      const words = searchWords(query);
      const numbers = numbersOf(userId);
      if (words.length === 0 || numbers === null) return [];
      const { first, last } = numbers;
      const placesOf = (match: string): number[] =>
        numbersWith.all(match, first, last).map((number) => number - Number(first));
      // Quoted, so that no character of a word and no operator of FTS5 means anything.
      const hits = words.map((word) => ({
        places: placesOf(`"${word}"`),
        asName: placesOf(`entities : "${word}"`),
      }));
      const total = Number(nextNumber(numbers) - first);
      return rank(hits, total, limit).flatMap(({ place, score }) => {
        const memory = one(memoryRow, byNumber.get(userId, first + BigInt(place)));
        return memory ? [{ memory, score }] : [];
      });
    },
  };
}

function withProvenance({
  conversationId,
  transcriptVersionId,
  utteranceIds,
  startMs,
  endMs,
  extractor,
  model,
  promptRevision,
  ...memory
}: z.infer<typeof flatMemory>): Memory {
  return {
    ...memory,
    provenance: {
      conversationId,
      transcriptVersionId,
      utteranceIds,
      startMs,
      endMs,
      extractor,
      model,
      promptRevision,
    },
  };
}
