import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { userIdSchema, type UserId } from '@friend-lite/contract';
import { AppError, type Clock } from '../base/index.ts';
import type { User, UserStore } from './ports.ts';

/** How long a signed address is good for: a player that was opened in time may go on reading from it. */
export const signedPathLifetimeMs = 10 * 60_000;

/** Addresses that open without a token, for a short time. Whoever signs has checked who may. */
export interface SignedPaths {
  /** `expires` is in Unix seconds. The signature names the user it was made for. */
  sign(userId: UserId, path: string): { readonly expires: number; readonly signature: string };
  /**
   * The user for whom this very path was signed.
   *
   * @throws AppError `signed_url_invalid` when anything was altered, or the user is gone or inactive;
   * `signed_url_expired`.
   */
  verify(path: string, expires: number, signature: string): Promise<User>;
}

/** @param secret the server's; the key is derived from it, and good for nothing else. */
export function createSignedPaths(
  secret: string,
  users: Pick<UserStore, 'find'>,
  clock: Clock,
): SignedPaths {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'friend-lite signed path', 32));
  // Each field on a line of its own; none of them holds a line break.
  const macOf = (userId: UserId, path: string, expires: number): Buffer =>
    createHmac('sha256', key).update(`${userId}\n${expires}\n${path}`).digest();

  return {
    sign(userId, path) {
      const expires = Math.ceil((clock.now() + signedPathLifetimeMs) / 1000);
      return {
        expires,
        signature: `${userId}.${macOf(userId, path, expires).toString('base64url')}`,
      };
    },

    async verify(path, expires, signature) {
      const [owner, mac] = signature.split('.');
      const userId = userIdSchema.safeParse(owner);
      const isGenuine =
        userId.success && mac !== undefined && isSame(mac, macOf(userId.data, path, expires));
      if (!isGenuine) throw new AppError('signed_url_invalid');
      if (clock.now() >= expires * 1000) throw new AppError('signed_url_expired');
      const user = await users.find(userId.data);
      if (!user?.isActive) throw new AppError('signed_url_invalid');
      return user;
    },
  };
}

function isSame(offered: string, expected: Buffer): boolean {
  const bytes = Buffer.from(offered, 'base64url');
  // Of one text only: base64url can be written in more than one way.
  return (
    offered === bytes.toString('base64url') &&
    bytes.length === expected.length &&
    timingSafeEqual(bytes, expected)
  );
}
