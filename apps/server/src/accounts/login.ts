import { AppError, type Clock } from '../base/index.ts';
import type { Passwords } from './passwords.ts';
import type { User, UserStore } from './ports.ts';
import { createThrottle } from './throttle.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Where the attempt comes from: the address of the peer. */
  readonly address: string;
}

/**
 * The active user with these credentials. Unknown email, wrong password and inactive user are one answer
 * and take the same time.
 *
 * @throws AppError `bad_credentials`; `too_many_requests` after repeated failures of an address for an email.
 */
export type Login = (credentials: Credentials) => Promise<User>;

export function createLogin(
  store: Pick<UserStore, 'findByEmail'>,
  passwords: Pick<Passwords, 'verify'>,
  clock: Clock,
): Login {
  const throttle = createThrottle(clock);

  return async ({ email, password, address }) => {
    const name = email.trim().toLowerCase();
    const user = await throttle.attempt([address, name], async () => {
      const known = await store.findByEmail(name);
      const isRight = await passwords.verify(password, known?.passwordHash ?? null);
      return isRight && known?.isActive ? known : null;
    });
    if (!user) throw new AppError('bad_credentials');
    return user;
  };
}
