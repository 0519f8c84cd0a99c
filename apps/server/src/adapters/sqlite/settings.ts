import { z } from 'zod';
import type { RetentionSettings, RetentionSettingsStore } from '../../retention/index.ts';
import type { Database } from './database.ts';
import { one } from './rows.ts';

const settingsRow: z.ZodType<RetentionSettings> = z.object({
  audioDays: z.int().nullable(),
  conversationsDays: z.int().nullable(),
  unclaimedAudioHours: z.int().nullable(),
});

export function sqliteRetentionSettings({ sql, durably }: Database): RetentionSettingsStore {
  const read = sql.prepare(`
    SELECT audio_days AS audioDays, conversations_days AS conversationsDays,
      unclaimed_audio_hours AS unclaimedAudioHours
    FROM retention_settings WHERE user_id = ?`);
  const write = sql.prepare(`
    INSERT INTO retention_settings (user_id, audio_days, conversations_days, unclaimed_audio_hours)
    VALUES (:userId, :audioDays, :conversationsDays, :unclaimedAudioHours)
    ON CONFLICT (user_id) DO UPDATE SET audio_days = excluded.audio_days,
      conversations_days = excluded.conversations_days,
      unclaimed_audio_hours = excluded.unclaimed_audio_hours`);

  return {
    find: async (userId) => one(settingsRow, read.get(userId)),
    async put(userId, settings) {
      durably(() => write.run({ userId, ...settings }));
    },
  };
}
