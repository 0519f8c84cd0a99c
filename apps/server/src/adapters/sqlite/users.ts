import { userIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import type { User, UserStore } from '../../accounts/index.ts';
import type { Database } from './database.ts';
import { bit, flag, many, one } from './rows.ts';

const columns = `id, email, password_hash AS passwordHash, display_name AS displayName,
  is_active AS isActive, is_superuser AS isSuperuser, created_at AS createdAt`;

const userRow: z.ZodType<User> = z.object({
  id: userIdSchema,
  email: z.string(),
  passwordHash: z.string(),
  displayName: z.string().nullable(),
  isActive: flag,
  isSuperuser: flag,
  createdAt: z.number(),
});

export function sqliteUsers({ sql, durably }: Database): UserStore {
  const insert = sql.prepare(`
    INSERT INTO users (id, email, password_hash, display_name, is_active, is_superuser, created_at)
    VALUES (:id, :email, :passwordHash, :displayName, :isActive, :isSuperuser, :createdAt)
    ON CONFLICT (email) DO NOTHING`);
  const byId = sql.prepare(`SELECT ${columns} FROM users WHERE id = ?`);
  const byEmail = sql.prepare(`SELECT ${columns} FROM users WHERE email = ?`);
  const all = sql.prepare(`SELECT ${columns} FROM users ORDER BY created_at, id`);
  const anyAdmin = sql.prepare('SELECT 1 FROM users WHERE is_superuser = 1 AND is_active = 1');

  return {
    async add(user) {
      const row = {
        ...user,
        isActive: bit(user.isActive),
        isSuperuser: bit(user.isSuperuser),
      };
      return durably(() => insert.run(row).changes === 1);
    },
    find: async (id) => one(userRow, byId.get(id)),
    findByEmail: async (email) => one(userRow, byEmail.get(email)),
    list: async () => many(userRow, all.all()),
    hasAdmin: async () => anyAdmin.get() !== undefined,
  };
}
