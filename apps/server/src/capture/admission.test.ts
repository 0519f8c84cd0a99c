import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { AppError, silentLog } from '../base/index.ts';
import { createCaptures } from './captures.ts';
import {
  alice,
  bob,
  fakeCaptureStore,
  fakeLink,
  fakeSegmentFiles,
  noise,
  phone,
  turns,
} from './fakes.ts';

function setUp() {
  const clock = fakeClock();
  const store = fakeCaptureStore();
  let refused: AppError | null = null;
  const captures = createCaptures({
    store,
    files: fakeSegmentFiles(),
    clock,
    log: silentLog,
    reconnectGraceMs: 60_000,
    maxLateMs: 86_400_000,
    onDevice: () => undefined,
    admission: { refusal: (userId) => (userId === alice ? refused : null) },
  });
  const connect = (userId = alice) => {
    const link = fakeLink();
    return {
      link,
      session: captures.connect({ userId, clientId: phone, deviceName: 'Phone', link }),
    };
  };
  const refuse = (error: AppError | null): void => {
    refused = error;
  };
  const wait = async (): Promise<void> => {
    clock.advance(1000);
    await turns();
  };
  return { store, captures, connect, refuse, wait };
}

describe('admission', () => {
  it('turns a device away with the reason, and lets in who is welcome', async () => {
    const { connect, refuse, store, wait } = setUp();
    refuse(new AppError('storage_full'));
    const { link, session } = connect();
    expect(link.closed).toMatchObject([{ code: 1013, reason: 'Storage full' }]);
    session.onBinary(noise(100));
    const other = connect(bob);
    other.session.onBinary(noise(100));
    await wait();
    expect(other.link.closed).toEqual([]);
    expect([...store.captures.values()].map(({ userId }) => userId)).toEqual([bob]);
  });

  it('opens no new capture for a device that was let in before', async () => {
    const { connect, refuse, store, wait } = setUp();
    const { link, session } = connect();
    refuse(new AppError('storage_full'));
    session.onBinary(noise(100));
    await wait();
    expect(link.closed).toMatchObject([{ code: 1013, reason: 'Storage full' }]);
    expect(store.captures.size).toBe(0);
  });

  it('ends every capture cleanly when sound is suspended, and keeps what was taken', async () => {
    const { captures, connect, store, wait } = setUp();
    const { link, session } = connect();
    session.onBinary(noise(100));
    await wait();
    captures.suspend(new AppError('storage_full'));
    await wait();
    expect(link.closed).toMatchObject([{ code: 1013, reason: 'Storage full' }]);
    expect([...store.captures.values()]).toMatchObject([{ state: 'sealed', endReason: 'lost' }]);
    expect(captures.active()).toEqual([]);
  });
});
