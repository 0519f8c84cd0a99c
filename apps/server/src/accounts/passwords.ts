import bcrypt from 'bcrypt';
import { AppError } from '../base/index.ts';

export interface Passwords {
  /** @throws AppError `invalid_request` for a password of more than 72 bytes, which bcrypt would cut silently. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the hashed one. Without a hash (no such user) it is false and takes as long.
   *
   * @throws AppError `too_many_requests` when too many are being checked at once.
   */
  verify(password: string, hash: string | null): Promise<boolean>;
}

const maxPasswordBytes = 72;
/**
 * bcrypt runs on the threads that also write sound to disk (libuv has four); half of them stay free for
 * that however many people log in at once.
 */
const maxRunning = 2;
const maxWaiting = 64;

/** @param cost base-2 logarithm of the rounds; 12 takes about a quarter of a second. */
export function createPasswords(cost = 12): Passwords {
  const inTurn = createTurnstile();
  const nobodysHash = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

  return {
    async hash(password) {
      if (isTooLong(password)) {
        throw new AppError('invalid_request', {
          problem: `a password has at most ${maxPasswordBytes} bytes`,
        });
      }
      return inTurn(() => bcrypt.hash(password, cost));
    },

    async verify(password, hash) {
      const isPossible = hash !== null && !isTooLong(password);
      const isEqual = await inTurn(() => bcrypt.compare(password, isPossible ? hash : nobodysHash));
      return isPossible && isEqual;
    },
  };
}

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > maxPasswordBytes;
}

/** Runs `maxRunning` tasks at once, in order; a task that finds `maxWaiting` before it is refused. */
function createTurnstile(): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (task) => {
    if (running < maxRunning) {
      running += 1;
    } else {
      if (waiting.length >= maxWaiting) throw new AppError('too_many_requests', { seconds: 5 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      // The turn is handed over, so `running` counts the next task already.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
