import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import type { PieceStore, TranscriptPiece } from '../../transcription/index.ts';
import type { Database } from './database.ts';
import { json, many } from './rows.ts';

const span = { startMs: z.number(), endMs: z.number() };
const confidence = z.number().nullable();

const pieceRow: z.ZodType<TranscriptPiece> = z.object({
  userId: userIdSchema,
  captureId: captureIdSchema,
  pass: z.enum(['live', 'batch']),
  ...span,
  provider: z.string(),
  model: z.string(),
  utterances: json(
    z.array(
      z.object({
        ...span,
        text: z.string(),
        speaker: z.string().nullable(),
        confidence,
        words: z.array(z.object({ ...span, text: z.string(), confidence })),
      }),
    ),
  ),
});

export function sqlitePieces({ sql }: Database): PieceStore {
  const insert = sql.prepare(`
    INSERT INTO transcript_pieces (user_id, capture_id, pass, start_ms, end_ms, provider, model, utterances)
    VALUES (:userId, :captureId, :pass, :startMs, :endMs, :provider, :model, :utterances)
    ON CONFLICT DO NOTHING`);
  const overlapping = sql.prepare(`
    SELECT user_id AS userId, capture_id AS captureId, pass, start_ms AS startMs, end_ms AS endMs, provider,
      model, utterances
    FROM transcript_pieces
    WHERE user_id = ? AND capture_id = ? AND start_ms < ? AND end_ms > ? ORDER BY start_ms, pass`);
  const removeStarting = sql.prepare(`
    DELETE FROM transcript_pieces
    WHERE user_id = ? AND capture_id = ? AND start_ms >= ? AND start_ms < ?`);

  return {
    async add({ utterances, ...piece }) {
      insert.run({ ...piece, utterances: JSON.stringify(utterances) });
    },
    list: async (userId, captureId, { startMs, endMs }) =>
      many(pieceRow, overlapping.all(userId, captureId, endMs, startMs)),
    async remove(userId, captureId, { startMs, endMs }) {
      removeStarting.run(userId, captureId, startMs, endMs);
    },
  };
}
