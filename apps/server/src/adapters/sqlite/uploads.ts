import {
  captureIdSchema,
  clientIdSchema,
  errorRegistry,
  jobIdSchema,
  uploadIdSchema,
  userIdSchema,
  type ErrorCode,
} from '@friend-lite/contract';
import { z } from 'zod';
import type { UploadedFile, UploadStore } from '../../capture/index.ts';
import type { Database } from './database.ts';
import { json, many, one } from './rows.ts';

const columns = `id, user_id AS userId, upload_id AS uploadId, number, filename, client_id AS clientId,
  byte_count AS byteCount, received_at AS receivedAt, recorded_at AS recordedAt,
  written_at AS writtenAt, state, progress, started_at AS startedAt, duration_ms AS durationMs,
  capture_id AS captureId, error`;

const errorCode = z.custom<ErrorCode>(
  (code) => typeof code === 'string' && Object.hasOwn(errorRegistry, code),
);

const fileRow: z.ZodType<UploadedFile> = z.object({
  id: jobIdSchema,
  userId: userIdSchema,
  uploadId: uploadIdSchema,
  number: z.int(),
  filename: z.string(),
  clientId: clientIdSchema,
  byteCount: z.int(),
  receivedAt: z.number(),
  recordedAt: z.number().nullable(),
  writtenAt: z.number().nullable(),
  state: z.enum(['queued', 'processing', 'completed', 'failed']),
  progress: z.number(),
  startedAt: z.number().nullable(),
  durationMs: z.number().nullable(),
  captureId: captureIdSchema.nullable(),
  error: json(
    z.object({
      code: errorCode,
      params: z.record(z.string(), z.union([z.string(), z.number()])),
    }),
  ).nullable(),
});

export function sqliteUploads({ sql, durably, atomically }: Database): UploadStore {
  const insert = sql.prepare(`
    INSERT INTO uploaded_files (id, user_id, upload_id, number, filename, client_id, byte_count,
      received_at, recorded_at, written_at, state, progress, started_at, duration_ms, capture_id, error)
    VALUES (:id, :userId, :uploadId, :number, :filename, :clientId, :byteCount,
      :receivedAt, :recordedAt, :writtenAt, :state, :progress, :startedAt, :durationMs, :captureId,
      :error)`);
  const byId = sql.prepare(`SELECT ${columns} FROM uploaded_files WHERE user_id = ? AND id = ?`);
  const setState = sql.prepare(`
    UPDATE uploaded_files SET state = :state, progress = :progress, started_at = :startedAt,
      duration_ms = :durationMs, capture_id = :captureId, error = :error
    WHERE user_id = :userId AND id = :id`);
  const byUpload = sql.prepare(`
    SELECT ${columns} FROM uploaded_files WHERE user_id = ? AND upload_id = ? ORDER BY number`);
  const unfinished = sql.prepare(`
    SELECT ${columns} FROM uploaded_files WHERE state IN ('queued', 'processing')
    ORDER BY received_at`);

  return {
    async add(files) {
      // The client is told that its files are taken: no power cut may take that back.
      durably(() => {
        for (const file of files) insert.run({ ...file, error: errorColumn(file.error) });
      });
    },
    async update(userId, id, change) {
      // The file goes when its import is over, so a power cut must not take back that it is.
      const isOver = change.state === 'completed' || change.state === 'failed';
      const write = isOver ? durably : atomically;
      write(() => {
        const file = one(fileRow, byId.get(userId, id));
        if (!file) return;
        const { state, progress, startedAt, durationMs, captureId, error } = { ...file, ...change };
        setState.run({
          userId,
          id,
          state,
          progress,
          startedAt,
          durationMs,
          captureId,
          error: errorColumn(error),
        });
      });
    },
    find: async (userId, id) => one(fileRow, byId.get(userId, id)),
    listByUpload: async (userId, id) => many(fileRow, byUpload.all(userId, id)),
    listUnfinished: async () => many(fileRow, unfinished.all()),
  };
}

function errorColumn(error: UploadedFile['error']): string | null {
  return error === null ? null : JSON.stringify(error);
}
