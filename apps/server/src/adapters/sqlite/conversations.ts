import type { ConversationStore } from '../../conversations/index.ts';
import { conversationRecords } from './conversation-records.ts';
import {
  clientCountRow,
  conversationColumns,
  conversationRow,
  transcriptColumns,
  transcriptRow,
} from './conversation-rows.ts';
import type { Database } from './database.ts';
import { countOf, many, one } from './rows.ts';

/**
 * That a conversation opened or closed is written durably: an explicit end stays a boundary after a power
 * cut. What its processing writes can be made again.
 */
export function sqliteConversations(database: Database): ConversationStore {
  const { sql, durably, atomically } = database;
  const records = conversationRecords(database);
  const select = `SELECT ${conversationColumns} FROM conversations c`;
  const page = sql.prepare(`
    ${select} WHERE c.user_id = ? AND c.merged_into IS NULL
    ORDER BY c.started_at DESC, c.id DESC LIMIT ? OFFSET ?`);
  const count = sql.prepare(
    'SELECT count(*) AS count FROM conversations WHERE user_id = ? AND merged_into IS NULL',
  );
  const countPerClient = sql.prepare(`
    SELECT client_id AS clientId, count(*) AS count FROM conversations
    WHERE user_id = ? AND merged_into IS NULL GROUP BY client_id`);
  const unfinished = sql.prepare(`${select} WHERE c.phase <> 'closed' ORDER BY c.started_at`);
  const during = sql.prepare(`
    ${select} WHERE c.user_id = ? AND c.merged_into IS NULL AND c.client_id = ?
      AND c.started_at <= ? AND (c.ended_at IS NULL OR c.ended_at >= ?)
    ORDER BY c.started_at, c.id`);
  const byCapture = sql.prepare(`
    ${select} JOIN conversation_captures claim
      ON claim.user_id = c.user_id AND claim.conversation_id = c.id
    WHERE claim.user_id = ? AND claim.capture_id = ? ORDER BY c.started_at, c.id`);
  const transcriptById = sql.prepare(`
    SELECT ${transcriptColumns} FROM transcripts WHERE user_id = ? AND id = ?`);
  const transcriptsOf = sql.prepare(`
    SELECT ${transcriptColumns} FROM transcripts WHERE user_id = ? AND conversation_id = ?
    ORDER BY created_at, rowid`);

  return {
    async add(conversation, words) {
      durably(() => {
        records.add(conversation);
        if (words) records.addTranscript(words);
      });
    },

    async update(userId, id, change) {
      const before = records.find(userId, id);
      if (!before) return null;
      const after = change(before);
      if (after === before) return before;
      // Nothing is awaited between reading and writing, and no other process writes.
      const write = after.phase === before.phase ? atomically : durably;
      write(() => records.replace(before, after));
      return after;
    },

    remove: async (userId, id) => durably(() => records.removeWithMerged(userId, id)),

    find: async (userId, id) => records.find(userId, id),

    list: async (userId, { limit, offset }) => ({
      conversations: many(conversationRow, page.all(userId, limit, offset)),
      total: countOf(count.get(userId)),
    }),

    countByClient: async (userId) =>
      new Map(
        many(clientCountRow, countPerClient.all(userId)).map((row) => [row.clientId, row.count]),
      ),

    listUnfinished: async () => many(conversationRow, unfinished.all()),

    listDuring: async (userId, clientId, { startMs, endMs }) =>
      many(conversationRow, during.all(userId, clientId, endMs, startMs)),

    listByCapture: async (userId, captureId) =>
      many(conversationRow, byCapture.all(userId, captureId)),

    async addTranscript(version) {
      records.addTranscript(version);
    },

    findTranscript: async (userId, id) => one(transcriptRow, transcriptById.get(userId, id)),

    listTranscripts: async (userId, conversationId) =>
      many(transcriptRow, transcriptsOf.all(userId, conversationId)),
  };
}
