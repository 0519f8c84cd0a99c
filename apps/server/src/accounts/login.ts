import { AppError, type Clock } from '../base/index.ts';
import type { Passwords } from './passwords.ts';
import type { User, UserStore } from './ports.ts';
import { createThrottle } from './throttle.ts';

/** Of one address; checking a password is slow, and the line for it is everybody's. */
const maxInFlightOfAddress = 16;

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
 * @throws AppError `bad_credentials`; `too_many_requests` after repeated failures of an address for an email,
 * and while an address has 16 attempts running.
 */
export type Login = (credentials: Credentials) => Promise<User>;

export function createLogin(
  store: Pick<UserStore, 'findByEmail'>,
  passwords: Pick<Passwords, 'verify'>,
  clock: Clock,
): Login {
  const throttle = createThrottle(clock);
  const inFlight = new Map<string, number>();

  return async ({ email, password, address }) => {
    const name = email.trim().toLowerCase();
    const running = inFlight.get(address) ?? 0;
    if (running >= maxInFlightOfAddress) throw new AppError('too_many_requests', { seconds: 1 });
    inFlight.set(address, running + 1);
    const user = await throttle
      .attempt([address, name], async () => {
        const known = await store.findByEmail(name);
        const isRight = await passwords.verify(password, known?.passwordHash ?? null);
        return isRight && known?.isActive ? known : null;
      })
      .finally(() => {
        const left = (inFlight.get(address) ?? 1) - 1;
        if (left > 0) inFlight.set(address, left);
        else inFlight.delete(address);
      });
    if (!user) throw new AppError('bad_credentials');
    return user;
  };
}
