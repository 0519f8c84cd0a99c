import { afterEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { silentLog } from '../base/index.ts';
import { createStorageGuard, type StorageGuard } from './storage-guard.ts';

const mib = 1024 ** 2;
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
};

let guard: StorageGuard;
afterEach(() => guard.stop());

function watch(freeMib: number) {
  const clock = fakeClock();
  const disk = { free: freeMib * mib, isBroken: false, isHeld: false, fullCalls: 0 };
  const reserve = {
    byteCount: 16 * mib,
    hold: async () => {
      disk.isHeld = true;
    },
    release: async () => {
      disk.isHeld = false;
    },
  };
  guard = createStorageGuard({
    freeBytes: async () => {
      if (disk.isBroken) throw new Error('no answer');
      return disk.free;
    },
    minFreeBytes: 512 * mib,
    reserve,
    onFull: () => {
      disk.fullCalls += 1;
    },
    clock,
    log: silentLog,
  });
  const later = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turns();
  };
  return { disk, later };
}

describe('the storage guard', () => {
  it('holds a reserve while there is room', async () => {
    const { disk } = watch(1000);
    await guard.look();
    expect(guard.isFull()).toBe(false);
    expect(disk.isHeld).toBe(true);
  });

  it('notices within 5 s that the disk is nearly full, gives the reserve back, and says so once', async () => {
    const { disk, later } = watch(1000);
    await guard.look();
    disk.free = 511 * mib;
    await later(5000);
    expect(guard.isFull()).toBe(true);
    expect(disk.isHeld).toBe(false);
    await later(5000);
    await later(5000);
    expect(disk.fullCalls).toBe(1);
  });

  it('goes on once there is clearly room again', async () => {
    const { disk, later } = watch(100);
    await guard.look();
    expect(guard.isFull()).toBe(true);
    disk.free = 520 * mib;
    await later(5000);
    expect(guard.isFull()).toBe(true);
    disk.free = 600 * mib;
    await later(5000);
    expect(guard.isFull()).toBe(false);
    expect(disk.isHeld).toBe(true);
  });

  it('stays as it is while the disk gives no answer', async () => {
    const { disk, later } = watch(1000);
    await guard.look();
    disk.isBroken = true;
    await later(60_000);
    expect(guard.isFull()).toBe(false);
  });
});
