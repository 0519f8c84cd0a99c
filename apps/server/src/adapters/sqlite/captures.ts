import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { opusFormat } from '../../audio/index.ts';
import type { Capture, CaptureStore, Segment } from '../../capture/index.ts';
import type { Database } from './database.ts';
import { bit, flag, json, many, one } from './rows.ts';

export const captureColumns = `id, user_id AS userId, client_id AS clientId, encoding,
  sample_rate_hz AS sampleRateHz, channels, started_at AS startedAt, origin, state, away_since AS awaySince,
  ended_at AS endedAt, end_reason AS endReason`;

export const captureRow: z.ZodType<Capture> = z
  .object({
    id: captureIdSchema,
    userId: userIdSchema,
    clientId: clientIdSchema,
    encoding: z.enum(['pcm_s16le', 'opus']),
    sampleRateHz: z.int(),
    channels: z.int(),
    startedAt: z.number(),
    origin: z.enum(['live', 'late', 'upload']),
    state: z.enum(['live', 'away', 'ended', 'sealed']),
    awaySince: z.number().nullable(),
    endedAt: z.number().nullable(),
    endReason: z.enum(['stop', 'closed', 'lost']).nullable(),
  })
  .transform(({ encoding, sampleRateHz, channels, ...capture }) => ({
    ...capture,
    format: encoding === 'opus' ? opusFormat : { encoding, sampleRateHz, channels },
  }));

export const segmentRow: z.ZodType<Segment> = z
  .object({
    captureId: captureIdSchema,
    userId: userIdSchema,
    index: z.int(),
    startMs: z.number(),
    byteCount: z.int(),
    durationMs: z.number(),
    gaps: json(z.array(z.object({ startMs: z.number(), endMs: z.number() }))),
    lastSeq: z.int().nullable(),
    isSealed: flag,
    packedByteCount: z.int().nullable(),
    removedAt: z.number().nullable(),
  })
  .transform(({ packedByteCount, removedAt, ...segment }) => ({
    ...segment,
    ...(packedByteCount === null ? {} : { packedByteCount }),
    ...(removedAt === null ? {} : { removedAt }),
  }));

export const segmentColumns = `capture_id AS captureId, segment_index AS "index", user_id AS userId,
  start_ms AS startMs, byte_count AS byteCount, duration_ms AS durationMs, gaps, last_seq AS lastSeq,
  is_sealed AS isSealed,
  packed_bytes AS packedByteCount, removed_at AS removedAt`;

/**
 * What a restart after a power cut cannot find out from the sound on the disk is written durably: that a
 * capture or a segment exists, which frames a sealed one holds, and that a capture ended. The rest repairs
 * itself.
 */
export function sqliteCaptures({ sql, durably, atomically }: Database): CaptureStore {
  const insert = sql.prepare(`
    INSERT INTO captures (id, user_id, client_id, encoding, sample_rate_hz, channels, started_at, origin,
      state, away_since, ended_at, end_reason)
    VALUES (:id, :userId, :clientId, :encoding, :sampleRateHz, :channels, :startedAt, :origin,
      :state, :awaySince, :endedAt, :endReason)`);
  const byIdAlone = sql.prepare(`SELECT ${captureColumns} FROM captures WHERE id = ?`);
  const setState = sql.prepare(`
    UPDATE captures SET state = :state, away_since = :awaySince, ended_at = :endedAt,
      end_reason = :endReason
    WHERE id = :id AND user_id = :userId`);
  const byId = sql.prepare(`SELECT ${captureColumns} FROM captures WHERE id = ? AND user_id = ?`);
  const unsealed = sql.prepare(`
    SELECT ${captureColumns} FROM captures WHERE state <> 'sealed' ORDER BY started_at`);
  const upsertSegment = sql.prepare(`
    INSERT INTO segments (capture_id, segment_index, user_id, start_ms, byte_count, duration_ms,
      gaps, last_seq, is_sealed)
    VALUES (:captureId, :index, :userId, :startMs, :byteCount, :durationMs, :gaps, :lastSeq,
      :isSealed)
    ON CONFLICT (capture_id, segment_index) DO UPDATE SET
      start_ms = excluded.start_ms, byte_count = excluded.byte_count,
      duration_ms = excluded.duration_ms, gaps = excluded.gaps, last_seq = excluded.last_seq,
      is_sealed = excluded.is_sealed
    WHERE user_id = excluded.user_id`);
  const deleteSegment = sql.prepare(
    'DELETE FROM segments WHERE capture_id = ? AND segment_index = ?',
  );
  const segmentsOf = sql.prepare(`
    SELECT ${segmentColumns}
    FROM segments WHERE capture_id = ? AND user_id = ? ORDER BY segment_index`);

  return {
    async add({ format, ...capture }) {
      durably(() => insert.run({ ...capture, ...format }));
    },
    async update(id, change) {
      const write = change.state === 'ended' ? durably : atomically;
      write(() => {
        const capture = one(captureRow, byIdAlone.get(id));
        if (!capture) return;
        const { userId, state, awaySince, endedAt, endReason } = { ...capture, ...change };
        setState.run({ id, userId, state, awaySince, endedAt, endReason });
      });
    },
    find: async (userId, id) => one(captureRow, byId.get(id, userId)),
    listUnsealed: async () => many(captureRow, unsealed.all()),
    async putSegment(segment) {
      const canBeFoundAgain = segment.isSealed && segment.lastSeq === null;
      const write = canBeFoundAgain ? atomically : durably;
      write(() =>
        upsertSegment.run({
          ...segment,
          gaps: JSON.stringify(segment.gaps),
          isSealed: bit(segment.isSealed),
        }),
      );
    },
    async removeSegment(captureId, index) {
      deleteSegment.run(captureId, index);
    },
    segments: async (userId, captureId) => many(segmentRow, segmentsOf.all(captureId, userId)),
  };
}
