import type { ConversationId, UserId } from '@friend-lite/contract';
import { z } from 'zod';
import type { Conversation, TranscriptVersion } from '../../conversations/index.ts';
import { conversationColumns, conversationRow, utterancesJson } from './conversation-rows.ts';
import type { Database } from './database.ts';
import { bit, one } from './rows.ts';

const idColumn = z.object({ id: z.string() });

/**
 * Conversations and transcripts as rows, with the side table of what they claim. Each of these is to be called
 * within a transaction.
 */
export function conversationRecords({ sql }: Pick<Database, 'sql'>) {
  const insert = sql.prepare(`
    INSERT INTO conversations (id, user_id, client_id, created_at, started_at, ended_at, phase,
      close_reason, stages, ranges, title, summary, active_transcript_id, utterance_count, memory_count,
      coverage, cropped_spans, revision, is_pinned, merged_into)
    VALUES (:id, :userId, :clientId, :createdAt, :startedAt, :endedAt, :phase,
      :closeReason, :stages, :ranges, :title, :summary, :activeTranscriptId, :utteranceCount, :memoryCount,
      :coverage, :croppedSpans, :revision, :isPinned, :mergedInto)
    ON CONFLICT DO NOTHING`);
  const overwrite = sql.prepare(`
    UPDATE conversations SET client_id = :clientId, created_at = :createdAt, started_at = :startedAt,
      ended_at = :endedAt, phase = :phase, close_reason = :closeReason, stages = :stages, ranges = :ranges,
      title = :title, summary = :summary, active_transcript_id = :activeTranscriptId,
      utterance_count = :utteranceCount, memory_count = :memoryCount, coverage = :coverage,
      cropped_spans = :croppedSpans, revision = :revision, is_pinned = :isPinned,
      merged_into = :mergedInto
    WHERE user_id = :userId AND id = :id`);
  const byId = sql.prepare(
    `SELECT ${conversationColumns} FROM conversations c WHERE c.user_id = ? AND c.id = ?`,
  );
  const mergedInto = sql.prepare(
    'SELECT id FROM conversations WHERE user_id = ? AND merged_into = ?',
  );
  const removeOne = sql.prepare('DELETE FROM conversations WHERE user_id = ? AND id = ?');
  const removeEdits = sql.prepare(`
    DELETE FROM conversation_edits WHERE user_id = ? AND id IN (
      SELECT edit_id FROM edited_conversations WHERE user_id = ? AND conversation_id = ?)`);
  const insertTranscript = sql.prepare(`
    INSERT INTO transcripts (id, conversation_id, user_id, provider, model, created_at, outcome, coverage,
      utterances)
    VALUES (:id, :conversationId, :userId, :provider, :model, :createdAt, :outcome, :coverage,
      :utterances)
    ON CONFLICT DO NOTHING`);
  const claims = claimedCaptures({ sql });

  const find = (userId: UserId, id: ConversationId): Conversation | null =>
    one(conversationRow, byId.get(userId, id));

  function removeWithMerged(userId: UserId, id: string): boolean {
    for (const row of mergedInto.all(userId, id)) removeWithMerged(userId, idColumn.parse(row).id);
    removeEdits.run(userId, userId, id);
    return removeOne.run(userId, id).changes > 0;
  }

  return {
    find,

    /** Does nothing when its id exists. */
    add(conversation: Conversation): void {
      if (insert.run(toRow(conversation)).changes > 0) claims.add(conversation);
    },

    replace(before: Conversation, after: Conversation): void {
      overwrite.run({ ...toRow(after), userId: before.userId, id: before.id });
      claims.move(before, after);
    },

    /** The one alone; its edits stay. */
    remove(userId: UserId, id: ConversationId): void {
      removeOne.run(userId, id);
    },

    /** With those that were merged into it, and the edits of all of them. False when there is none. */
    removeWithMerged,

    /** Does nothing when its id exists. */
    addTranscript({ utterances, ...version }: TranscriptVersion): void {
      insertTranscript.run({ ...version, utterances: utterancesJson(utterances) });
    },
  };
}

function toRow({ stages, ranges, croppedSpans, isPinned, ...conversation }: Conversation) {
  return {
    ...conversation,
    stages: JSON.stringify(stages),
    ranges: JSON.stringify(ranges),
    croppedSpans: croppedSpans && JSON.stringify(croppedSpans),
    isPinned: bit(isPinned),
  };
}

/** The side table that finds conversations by the captures their ranges claim. */
function claimedCaptures({ sql }: Pick<Database, 'sql'>) {
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
