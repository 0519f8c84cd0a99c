import { createSecretKey } from 'node:crypto';
import { userIdSchema, type UserId } from '@friend-lite/contract';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { newHexId, type Clock } from '../base/index.ts';
import type { RevokedTokens, User, UserStore } from './ports.ts';

/** A user who proved who they are, until `expiresAt` (epoch ms). */
export interface Session {
  readonly user: User;
  readonly tokenId: string;
  readonly expiresAt: number;
}

/** Tokens: JWT, HS256, with the claims older clients' servers used. */
export interface Tokens {
  issue(userId: UserId): Promise<string>;
  /**
   * The session behind a token; null when it is malformed, expired, revoked, signed otherwise, or its user is
   * gone or inactive. The user is read anew each time.
   */
  authenticate(token: string): Promise<Session | null>;
  /** Whether a session that was valid still is: for connections that outlive their first check. */
  isCurrent(session: Session): Promise<boolean>;
  /**
   * Whether a session was ended before its time: its token revoked, its user gone or inactive. Running out
   * does not count: for a stream that may go on, but must end with a logout.
   */
  isRevoked(session: Session): Promise<boolean>;
  /** Ends the session's token before its time. Idempotent. */
  revoke(session: Session): Promise<void>;
}

export const tokenLifetimeSeconds = 3600;
const audience = 'fastapi-users:auth';
const algorithm = 'HS256';
const clockToleranceSeconds = 5;

const claimsSchema = z.object({
  sub: userIdSchema,
  jti: z.string().min(1).max(64),
  exp: z.number(),
});

/** @param secret signs the tokens; whoever has it can be anybody. */
export function createTokens(
  secret: string,
  users: Pick<UserStore, 'find'>,
  revoked: RevokedTokens,
  clock: Clock,
): Tokens {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));

  const claimsOf = async (token: string): Promise<z.infer<typeof claimsSchema> | null> => {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        audience,
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(clock.now()),
      });
      return claimsSchema.safeParse(payload).data ?? null;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  };

  const activeUser = async (tokenId: string, userId: UserId): Promise<User | null> => {
    if (await revoked.isRevoked(tokenId)) return null;
    const user = await users.find(userId);
    return user?.isActive ? user : null;
  };

  return {
    async issue(userId) {
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT()
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setSubject(userId)
        .setAudience([audience])
        .setIssuedAt(now)
        .setExpirationTime(now + tokenLifetimeSeconds)
        .setJti(newHexId())
        .sign(key);
    },

    async authenticate(token) {
      const claims = await claimsOf(token);
      if (!claims) return null;
      const user = await activeUser(claims.jti, claims.sub);
      return user && { user, tokenId: claims.jti, expiresAt: claims.exp * 1000 };
    },

    async isCurrent({ user, tokenId, expiresAt }) {
      return clock.now() < expiresAt && (await activeUser(tokenId, user.id)) !== null;
    },

    isRevoked: async ({ user, tokenId }) => (await activeUser(tokenId, user.id)) === null,

    async revoke({ tokenId, expiresAt }) {
      // Kept for as long as the tolerance would still let the token in.
      await revoked.revoke(tokenId, expiresAt + clockToleranceSeconds * 1000);
    },
  };
}
