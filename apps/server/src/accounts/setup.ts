import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../base/index.ts';
import type { User, UserStore } from './ports.ts';
import { adminDraft, type Users } from './users.ts';

/** The first administrator, when none is configured: whoever opens the one-time link becomes it. */
export interface Setup {
  /** Whether the server still has no administrator. Until it has, it serves nothing else. */
  isRequired(): boolean;
  /**
   * Adds the administrator and ends the setup. Of several uses at once exactly one succeeds; one that fails
   * leaves the link usable.
   *
   * @throws AppError `setup_link_invalid` for a wrong or used token; `user_exists`.
   */
  complete(
    token: string,
    admin: { readonly email: string; readonly password: string },
  ): Promise<User>;
}

/**
 * Looks whether an administrator exists and, if not, opens the setup.
 *
 * `token` (null when no setup is needed) is shown to the operator once; only its digest is kept, in memory.
 */
export async function openSetup(
  store: Pick<UserStore, 'hasAdmin'>,
  users: Pick<Users, 'create'>,
): Promise<{ readonly setup: Setup; readonly token: string | null }> {
  const token = (await store.hasAdmin()) ? null : randomBytes(32).toString('base64url');
  const expected = token === null ? null : digestOf(token);
  let state: 'open' | 'in-use' | 'done' = expected ? 'open' : 'done';

  const setup: Setup = {
    isRequired: () => state !== 'done',

    async complete(offered, { email, password }) {
      const isRight = expected !== null && timingSafeEqual(digestOf(offered), expected);
      if (!isRight || state !== 'open') throw new AppError('setup_link_invalid');
      // Taken before the first await: a second use at the same time finds the link used.
      state = 'in-use';
      try {
        const admin = await users.create(adminDraft(email, password));
        state = 'done';
        return admin;
      } finally {
        if (state === 'in-use') state = 'open';
      }
    },
  };
  return { setup, token };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
