import type { RevokedTokens } from '../../accounts/index.ts';
import type { Clock } from '../../base/index.ts';
import type { Database } from './database.ts';

export function sqliteRevokedTokens({ sql, durably }: Database, clock: Clock): RevokedTokens {
  const insert = sql.prepare(`
    INSERT INTO revoked_tokens (token_id, expires_at) VALUES (?, ?)
    ON CONFLICT (token_id) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)`);
  const dropExpired = sql.prepare('DELETE FROM revoked_tokens WHERE expires_at < ?');
  const find = sql.prepare('SELECT 1 FROM revoked_tokens WHERE token_id = ?');

  return {
    async revoke(tokenId, expiresAt) {
      // A token that was ended must not live again after a power cut.
      durably(() => {
        dropExpired.run(clock.now());
        insert.run(tokenId, expiresAt);
      });
    },
    isRevoked: async (tokenId) => find.get(tokenId) !== undefined,
  };
}
