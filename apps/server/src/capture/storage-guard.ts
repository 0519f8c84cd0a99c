import type { UserId } from '@friend-lite/contract';
import type { AppError, Clock, Log } from '../base/index.ts';

/** Whether new sound may come in. Asked before a device is let in and before a capture opens. */
export interface Admission {
  /** Why this user's sound is refused now; null when it is welcome. */
  refusal(userId: UserId): AppError | null;
}

/** Space that is held back, to be freed when the disk is nearly full. */
export interface SpaceReserve {
  readonly byteCount: number;
  /** Takes the space. Idempotent. Rejects when there is none. */
  hold(): Promise<void>;
  /** Gives it back. Idempotent. */
  release(): Promise<void>;
}

/** Watches the space that is left for sound. */
export interface StorageGuard {
  /** Whether too little is left to begin anything new. */
  isFull(): boolean;
  /** Looks at once. Never rejects. */
  look(): Promise<void>;
  stop(): void;
}

/** A full disk fills no further than what the devices send in this time, plus what others write. */
const lookEveryMs = 5000;

/**
 * Looks every 5 s. Below `minFreeBytes` the disk counts as full: the reserve is given back, so that what runs
 * can be ended in good order, and `onFull` is called. It counts as usable again once there is room for the
 * reserve and a tenth more than the least: never so close that it would be full the moment after.
 *
 * Without an answer of the disk everything stays as it was.
 */
export function createStorageGuard({
  freeBytes,
  minFreeBytes,
  reserve,
  onFull,
  clock,
  log,
}: {
  readonly freeBytes: () => Promise<number>;
  readonly minFreeBytes: number;
  readonly reserve: SpaceReserve;
  readonly onFull: () => void;
  readonly clock: Clock;
  readonly log: Log;
}): StorageGuard {
  const resumeBytes = minFreeBytes * 1.1 + reserve.byteCount;
  let isFull = false;
  let isHeld = false;
  let isStopped = false;
  let looking: Promise<void> | null = null;
  let cancel: () => void = () => undefined;

  async function look(): Promise<void> {
    try {
      const free = await freeBytes();
      if (!isFull && free < minFreeBytes) await close(free);
      else if (isFull && free >= resumeBytes) reopen(free);
      if (!isFull && !isHeld && free >= minFreeBytes + reserve.byteCount) {
        await reserve.hold();
        isHeld = true;
      }
    } catch (error) {
      log.error('free space not looked at', error);
    }
  }

  async function close(free: number): Promise<void> {
    isFull = true;
    isHeld = false;
    log.warn('disk nearly full: nothing new is recorded', {
      freeMiB: Math.floor(free / 1024 ** 2),
    });
    await reserve.release().catch((error: unknown) => log.error('reserve not released', error));
    onFull();
  }

  function reopen(free: number): void {
    isFull = false;
    log.info('disk has room again', { freeMiB: Math.floor(free / 1024 ** 2) });
  }

  /** One look at a time; whoever asks meanwhile gets the one under way. */
  function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  }

  function schedule(): void {
    cancel = clock.after(lookEveryMs, () => {
      void lookOnce().then(() => {
        if (!isStopped) schedule();
      });
    });
  }
  schedule();

  return {
    isFull: () => isFull,
    look: lookOnce,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
