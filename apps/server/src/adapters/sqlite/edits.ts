import { isDeepStrictEqual } from 'node:util';
import {
  conversationIdSchema,
  editIdSchema,
  memoryIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
} from '@friend-lite/contract';
import { z } from 'zod';
import type { Edit, EditKind, EditStore } from '../../conversations/index.ts';
import { conversationRecords } from './conversation-records.ts';
import { conversationJson } from './conversation-rows.ts';
import type { Database } from './database.ts';
import { bit, json, many } from './rows.ts';

const kinds: { readonly [Kind in EditKind]: Kind } = {
  split: 'split',
  merge: 'merge',
  trim: 'trim',
  join: 'join',
  activate: 'activate',
  correct: 'correct',
};

const place = z.object({
  conversationId: conversationIdSchema,
  transcriptVersionId: transcriptVersionIdSchema,
  // Not in edits of before memories could be hidden.
  isHidden: z.boolean().default(false),
});

const editRow: z.ZodType<Edit> = z.object({
  id: editIdSchema,
  userId: userIdSchema,
  kind: z.enum(kinds),
  at: z.number(),
  undoneAt: z.number().nullable(),
  before: json(z.array(conversationJson)),
  after: json(z.array(conversationJson)),
  memories: json(z.array(z.object({ memoryId: memoryIdSchema, from: place, to: place }))),
  transcriptIds: json(z.array(transcriptVersionIdSchema)),
});

export function sqliteEdits(database: Database): EditStore {
  const { sql, durably } = database;
  const records = conversationRecords(database);
  const put = sql.prepare(`
    INSERT INTO conversation_edits (user_id, id, kind, at, undone_at, before, after, memories, transcripts)
    VALUES (:userId, :id, :kind, :at, :undoneAt, :before, :after, :memories, :transcriptIds)
    ON CONFLICT (user_id, id) DO UPDATE SET undone_at = :undoneAt`);
  const putTouched = sql.prepare(`
    INSERT INTO edited_conversations (user_id, conversation_id, edit_id) VALUES (?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const listTouching = sql.prepare(`
    SELECT e.id, e.user_id AS userId, e.kind, e.at, e.undone_at AS undoneAt, e.before, e.after, e.memories,
      e.transcripts AS transcriptIds
    FROM edited_conversations t
    JOIN conversation_edits e ON e.user_id = t.user_id AND e.id = t.edit_id
    WHERE t.user_id = ? AND t.conversation_id = ? ORDER BY e.number DESC`);
  const moveMemory = sql.prepare(`
    UPDATE memories SET conversation_id = :conversationId, transcript_version_id = :transcriptVersionId,
      is_hidden = :isHidden
    WHERE user_id = :userId AND id = :memoryId`);
  const removeMemory = sql.prepare('DELETE FROM memories WHERE user_id = ? AND id = ?');
  const removeTranscript = sql.prepare('DELETE FROM transcripts WHERE user_id = ? AND id = ?');

  function putEdit(edit: Edit): void {
    put.run({
      ...edit,
      before: JSON.stringify(edit.before),
      after: JSON.stringify(edit.after),
      memories: JSON.stringify(edit.memories),
      transcriptIds: JSON.stringify(edit.transcriptIds),
    });
    for (const { id } of [...edit.before, ...edit.after]) putTouched.run(edit.userId, id, edit.id);
  }

  return {
    async write(write) {
      const { edit, conversations, addedTranscripts, removedTranscripts } = write;
      const { userId } = edit;
      return durably(() => {
        const isCurrent = conversations.every(
          ({ before }) => !before || isDeepStrictEqual(records.find(userId, before.id), before),
        );
        if (!isCurrent) return false;
        for (const { before, after } of conversations) {
          if (before && after) records.replace(before, after);
          else if (after) records.add(after);
          else if (before) records.remove(userId, before.id);
        }
        for (const id of removedTranscripts) removeTranscript.run(userId, id);
        for (const version of addedTranscripts) records.addTranscript(version);
        for (const id of write.removedMemories) removeMemory.run(userId, id);
        for (const { memoryId, to } of write.memories) {
          moveMemory.run({ userId, memoryId, ...to, isHidden: bit(to.isHidden) });
        }
        putEdit(edit);
        return true;
      });
    },

    list: async (userId, conversationId) => many(editRow, listTouching.all(userId, conversationId)),
  };
}
