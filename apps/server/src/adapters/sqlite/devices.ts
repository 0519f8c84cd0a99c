import { clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import type { Device, DeviceStore } from '../../accounts/index.ts';
import type { Database } from './database.ts';
import { many } from './rows.ts';

const deviceRow: z.ZodType<Device> = z.object({
  clientId: clientIdSchema,
  userId: userIdSchema,
  deviceName: z.string(),
  firstSeenAt: z.number(),
  lastSeenAt: z.number(),
});

export function sqliteDevices({ sql }: Database): DeviceStore {
  const upsert = sql.prepare(`
    INSERT INTO devices (user_id, client_id, device_name, first_seen_at, last_seen_at)
    VALUES (:userId, :clientId, :deviceName, :firstSeenAt, :lastSeenAt)
    ON CONFLICT (user_id, client_id) DO UPDATE SET last_seen_at = excluded.last_seen_at`);
  const byUser = sql.prepare(`
    SELECT user_id AS userId, client_id AS clientId, device_name AS deviceName,
      first_seen_at AS firstSeenAt, last_seen_at AS lastSeenAt
    FROM devices WHERE user_id = ? ORDER BY first_seen_at, client_id`);

  return {
    async seen(device) {
      upsert.run(device);
    },
    list: async (userId) => many(deviceRow, byUser.all(userId)),
  };
}
