import type { Conversation, ConversationStore } from '../../conversations/index.ts';
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
  const claims = claimedCaptures(database);
  const insert = sql.prepare(`
    INSERT INTO conversations (id, user_id, client_id, created_at, started_at, ended_at, phase,
      close_reason, stages, ranges, title, summary, active_transcript_id, utterance_count, memory_count,
      coverage, cropped_spans)
    VALUES (:id, :userId, :clientId, :createdAt, :startedAt, :endedAt, :phase,
      :closeReason, :stages, :ranges, :title, :summary, :activeTranscriptId, :utteranceCount, :memoryCount,
      :coverage, :croppedSpans)
    ON CONFLICT DO NOTHING`);
  const overwrite = sql.prepare(`
    UPDATE conversations SET client_id = :clientId, created_at = :createdAt, started_at = :startedAt,
      ended_at = :endedAt, phase = :phase, close_reason = :closeReason, stages = :stages, ranges = :ranges,
      title = :title, summary = :summary, active_transcript_id = :activeTranscriptId,
      utterance_count = :utteranceCount, memory_count = :memoryCount, coverage = :coverage,
      cropped_spans = :croppedSpans
    WHERE user_id = :userId AND id = :id`);
  const select = `SELECT ${conversationColumns} FROM conversations c`;
  const byId = sql.prepare(`${select} WHERE c.user_id = ? AND c.id = ?`);
  const page = sql.prepare(`
    ${select} WHERE c.user_id = ? ORDER BY c.started_at DESC, c.id DESC LIMIT ? OFFSET ?`);
  const count = sql.prepare('SELECT count(*) AS count FROM conversations WHERE user_id = ?');
  const countPerClient = sql.prepare(`
    SELECT client_id AS clientId, count(*) AS count FROM conversations WHERE user_id = ?
    GROUP BY client_id`);
  const unfinished = sql.prepare(`${select} WHERE c.phase <> 'closed' ORDER BY c.started_at`);
  const byCapture = sql.prepare(`
    ${select} JOIN conversation_captures claim
      ON claim.user_id = c.user_id AND claim.conversation_id = c.id
    WHERE claim.user_id = ? AND claim.capture_id = ? ORDER BY c.started_at, c.id`);
  const removeOne = sql.prepare('DELETE FROM conversations WHERE user_id = ? AND id = ?');
  const insertTranscript = sql.prepare(`
    INSERT INTO transcripts (id, conversation_id, user_id, provider, model, created_at, outcome, coverage,
      utterances)
    VALUES (:id, :conversationId, :userId, :provider, :model, :createdAt, :outcome, :coverage,
      :utterances)
    ON CONFLICT DO NOTHING`);
  const transcriptById = sql.prepare(`
    SELECT ${transcriptColumns} FROM transcripts WHERE user_id = ? AND id = ?`);
  const transcriptsOf = sql.prepare(`
    SELECT ${transcriptColumns} FROM transcripts WHERE user_id = ? AND conversation_id = ?
    ORDER BY created_at, rowid`);

  return {
    async add(conversation) {
      durably(() => {
        if (insert.run(toRow(conversation)).changes > 0) claims.add(conversation);
      });
    },

    async update(userId, id, change) {
      const before = one(conversationRow, byId.get(userId, id));
      if (!before) return null;
      const after = change(before);
      if (after === before) return before;
      // Nothing is awaited between reading and writing, and no other process writes.
      const write = after.phase === before.phase ? atomically : durably;
      write(() => {
        overwrite.run({ ...toRow(after), userId, id });
        claims.move(before, after);
      });
      return after;
    },

    remove: async (userId, id) => durably(() => removeOne.run(userId, id)).changes > 0,

    find: async (userId, id) => one(conversationRow, byId.get(userId, id)),

    list: async (userId, { limit, offset }) => ({
      conversations: many(conversationRow, page.all(userId, limit, offset)),
      total: countOf(count.get(userId)),
    }),

    countByClient: async (userId) =>
      new Map(
        many(clientCountRow, countPerClient.all(userId)).map((row) => [row.clientId, row.count]),
      ),

    listUnfinished: async () => many(conversationRow, unfinished.all()),

    listByCapture: async (userId, captureId) =>
      many(conversationRow, byCapture.all(userId, captureId)),

    async addTranscript({ utterances, ...version }) {
      insertTranscript.run({ ...version, utterances: JSON.stringify(utterances) });
    },

    findTranscript: async (userId, id) => one(transcriptRow, transcriptById.get(userId, id)),

    listTranscripts: async (userId, conversationId) =>
      many(transcriptRow, transcriptsOf.all(userId, conversationId)),
  };
}

function toRow({ stages, ranges, croppedSpans, ...conversation }: Conversation) {
  return {
    ...conversation,
    stages: JSON.stringify(stages),
    ranges: JSON.stringify(ranges),
    croppedSpans: croppedSpans && JSON.stringify(croppedSpans),
  };
}

/** The side table that finds conversations by the captures their ranges claim. */
function claimedCaptures({ sql }: Database) {
  const insert = sql.prepare(`
    INSERT INTO conversation_captures (user_id, capture_id, conversation_id) VALUES (?, ?, ?)`);
  const removeAll = sql.prepare(`
    DELETE FROM conversation_captures WHERE user_id = ? AND conversation_id = ?`);
  const capturesOf = ({ ranges }: Conversation) => new Set(ranges.map((range) => range.captureId));

  function add(conversation: Conversation): void {
    for (const captureId of capturesOf(conversation)) {
      insert.run(conversation.userId, captureId, conversation.id);
    }
  }

  return {
    add,
    /** An open conversation is written with each bit of speech, and its captures stay the same. */
    move(before: Conversation, after: Conversation): void {
      const [had, has] = [capturesOf(before), capturesOf(after)];
      if (had.size === has.size && [...has].every((id) => had.has(id))) return;
      removeAll.run(before.userId, before.id);
      add(after);
    },
  };
}
