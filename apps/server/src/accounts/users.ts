import { userIdSchema } from '@friend-lite/contract';
import { AppError, newObjectId, type Clock } from '../base/index.ts';
import type { Passwords } from './passwords.ts';
import type { User, UserStore } from './ports.ts';

/** A user to be. */
export interface UserDraft {
  /** Lower case. */
  readonly email: string;
  readonly password: string;
  readonly displayName: string | null;
  readonly isActive: boolean;
  readonly isSuperuser: boolean;
}

/** Adds people, and is the only one that does. */
export interface Users {
  /** @throws AppError `user_exists` when the email is taken. */
  create(draft: UserDraft): Promise<User>;
  /**
   * Makes sure somebody has this email: adds an administrator when nobody has. A user who is there is left
   * as they are, password included. Returns whether one was added.
   */
  ensureAdmin(email: string, password: string): Promise<boolean>;
  /** Oldest first. */
  list(): Promise<readonly User[]>;
}

export function createUsers(
  store: Pick<UserStore, 'add' | 'findByEmail' | 'list'>,
  passwords: Pick<Passwords, 'hash'>,
  clock: Clock,
): Users {
  const create = async (draft: UserDraft): Promise<User> => {
    // Asked first so that a taken email costs no hashing; `add` decides.
    if (await store.findByEmail(draft.email)) throw new AppError('user_exists');
    const now = clock.now();
    const user: User = {
      id: userIdSchema.parse(newObjectId(now)),
      email: draft.email,
      passwordHash: await passwords.hash(draft.password),
      displayName: draft.displayName,
      isActive: draft.isActive,
      isSuperuser: draft.isSuperuser,
      createdAt: now,
    };
    if (!(await store.add(user))) throw new AppError('user_exists');
    return user;
  };

  return {
    create,

    async ensureAdmin(email, password) {
      if (await store.findByEmail(email)) return false;
      await create(adminDraft(email, password));
      return true;
    },

    list: () => store.list(),
  };
}

export function adminDraft(email: string, password: string): UserDraft {
  return { email, password, displayName: 'Administrator', isActive: true, isSuperuser: true };
}
