import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import type { Capture, UpkeepStore } from '../../capture/index.ts';
import type { SoundByDevice, SoundRecords } from '../../retention/index.ts';
import { captureColumns, captureRow, segmentColumns, segmentRow } from './captures.ts';
import type { Database } from './database.ts';
import { many } from './rows.ts';

const captureRef = z.object({ userId: userIdSchema, id: captureIdSchema });

const useRow: z.ZodType<SoundByDevice> = z.object({
  clientId: clientIdSchema,
  encoding: z.enum(['pcm', 'flac', 'opus']),
  byteCount: z.int(),
  soundMs: z.number(),
});

/** What packing and retention read and note of captures. */
export function sqliteUpkeep({ sql, atomically, durably }: Database): UpkeepStore & SoundRecords {
  const setPacked = sql.prepare(`
    UPDATE segments SET packed_bytes = :packedByteCount
    WHERE capture_id = :captureId AND segment_index = :index AND user_id = :userId`);
  const setRemoved = sql.prepare(`
    UPDATE segments SET removed_at = coalesce(removed_at, :removedAt)
    WHERE capture_id = :captureId AND segment_index = :index AND user_id = :userId`);
  const removedSince = sql.prepare(`
    SELECT ${segmentColumns} FROM segments WHERE user_id = ? AND removed_at >= ?`);
  const deleteRegions = sql.prepare(
    'DELETE FROM speech_regions WHERE user_id = ? AND capture_id = ?',
  );
  const deleteProgress = sql.prepare(
    'DELETE FROM speech_progress WHERE user_id = ? AND capture_id = ?',
  );
  const deleteCapture = sql.prepare('DELETE FROM captures WHERE user_id = ? AND id = ?');
  const over = sql.prepare(`
    SELECT ${captureColumns} FROM captures
    WHERE user_id = ? AND state = 'sealed' AND ended_at < ?
      AND EXISTS (SELECT 1 FROM segments WHERE capture_id = captures.id AND removed_at IS NULL)
      AND EXISTS (
        SELECT 1 FROM speech_progress AS heard
        WHERE heard.user_id = captures.user_id AND heard.capture_id = captures.id AND is_finished = 1)
    ORDER BY ended_at`);
  const unpacked = sql.prepare(`
    SELECT id, user_id AS userId FROM captures
    WHERE state = 'sealed' AND encoding = 'pcm_s16le'
      AND EXISTS (
        SELECT 1 FROM segments
        WHERE capture_id = captures.id AND packed_bytes IS NULL AND removed_at IS NULL)`);
  const page = sql.prepare(
    `SELECT ${captureColumns} FROM captures WHERE id > ? ORDER BY id LIMIT ?`,
  );
  const use = sql.prepare(`
    SELECT client_id AS clientId,
      CASE WHEN encoding = 'opus' THEN 'opus' WHEN packed_bytes IS NULL THEN 'pcm' ELSE 'flac' END
        AS encoding,
      sum(coalesce(packed_bytes, byte_count)) AS byteCount,
      sum(duration_ms) AS soundMs
    FROM captures JOIN segments ON capture_id = id
    WHERE captures.user_id = ? AND removed_at IS NULL AND is_sealed = 1
    GROUP BY 1, 2`);

  return {
    async markPacked({ userId, captureId, index }, packedByteCount) {
      setPacked.run({ userId, captureId, index, packedByteCount });
    },
    async markRemoved({ userId, captureId, index }, removedAt) {
      // Durably: the file goes next, and a power cut must not bring back the record alone.
      durably(() => setRemoved.run({ userId, captureId, index, removedAt }));
    },
    listRemoved: async (userId, since) => many(segmentRow, removedSince.all(userId, since)),
    async removeCapture(userId, id) {
      atomically(() => {
        deleteRegions.run(userId, id);
        deleteProgress.run(userId, id);
        deleteCapture.run(userId, id);
      });
    },
    listOver: async (userId, before) => many<Capture>(captureRow, over.all(userId, before)),
    listUnpacked: async () => many(captureRef, unpacked.all()),
    listAll: async (after, limit) => many<Capture>(captureRow, page.all(after ?? '', limit)),
    soundByDevice: async (userId) => many(useRow, use.all(userId)),
  };
}
