import { captureIdSchema, userIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import type { Span } from '../../audio/index.ts';
import type { SpeechStore } from '../../conversations/index.ts';
import type { Database } from './database.ts';
import { many, one } from './rows.ts';

const regionRow: z.ZodType<Span> = z.object({ startMs: z.number(), endMs: z.number() });
const progressRow = z.object({ analyzedMs: z.number() });
const unfinishedRow = z.object({ userId: userIdSchema, captureId: captureIdSchema });

export function sqliteSpeech({ sql, atomically }: Database): SpeechStore {
  /** From `at` backwards in time: stored regions are disjoint, so their ends are in order too. */
  const startingUpTo = sql.prepare<[string, string, number]>(`
    SELECT start_ms AS startMs, end_ms AS endMs FROM speech_regions
    WHERE user_id = ? AND capture_id = ? AND start_ms <= ? ORDER BY start_ms DESC`);
  const insert = sql.prepare(`
    INSERT INTO speech_regions (user_id, capture_id, start_ms, end_ms) VALUES (?, ?, ?, ?)`);
  const deleteRegion = sql.prepare(`
    DELETE FROM speech_regions WHERE user_id = ? AND capture_id = ? AND start_ms = ?`);
  const advance = sql.prepare(`
    INSERT INTO speech_progress (user_id, capture_id, analyzed_ms, is_finished) VALUES (?, ?, ?, 0)
    ON CONFLICT (user_id, capture_id) DO UPDATE SET
      analyzed_ms = max(analyzed_ms, excluded.analyzed_ms)`);
  const finish = sql.prepare(`
    INSERT INTO speech_progress (user_id, capture_id, analyzed_ms, is_finished) VALUES (?, ?, 0, 1)
    ON CONFLICT (user_id, capture_id) DO UPDATE SET is_finished = 1`);
  const unfinished = sql.prepare(`
    SELECT user_id AS userId, capture_id AS captureId FROM speech_progress WHERE is_finished = 0`);
  const progress = sql.prepare(`
    SELECT analyzed_ms AS analyzedMs FROM speech_progress WHERE user_id = ? AND capture_id = ?`);

  /** Regions that overlap or touch the window, latest first. Reads no further back than that. */
  function regionsAround(userId: string, captureId: string, { startMs, endMs }: Span): Span[] {
    const found: Span[] = [];
    for (const row of startingUpTo.iterate(userId, captureId, endMs)) {
      const region = regionRow.parse(row);
      if (region.endMs < startMs) break;
      found.push(region);
    }
    return found;
  }

  function join(userId: string, captureId: string, heard: Span): void {
    const met = regionsAround(userId, captureId, heard);
    for (const region of met) deleteRegion.run(userId, captureId, region.startMs);
    const startMs = Math.min(heard.startMs, ...met.map((region) => region.startMs));
    const endMs = Math.max(heard.endMs, ...met.map((region) => region.endMs));
    insert.run(userId, captureId, startMs, endMs);
  }

  return {
    async record(userId, captureId, { regions, analyzedMs }) {
      atomically(() => {
        for (const region of regions) {
          if (region.endMs > region.startMs) join(userId, captureId, region);
        }
        advance.run(userId, captureId, analyzedMs);
      });
    },
    async finish(userId, captureId) {
      finish.run(userId, captureId);
    },
    listUnfinished: async () => many(unfinishedRow, unfinished.all()),
    analyzedMs: async (userId, captureId) =>
      one(progressRow, progress.get(userId, captureId))?.analyzedMs ?? 0,
    regions: async (userId, captureId, within) =>
      regionsAround(userId, captureId, within)
        .reverse()
        .map(({ startMs, endMs }) => ({
          startMs: Math.max(startMs, within.startMs),
          endMs: Math.min(endMs, within.endMs),
        }))
        .filter(({ startMs, endMs }) => endMs > startMs),
  };
}
