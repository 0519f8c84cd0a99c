import { describe, expect, it } from 'vitest';
import { fakeLink } from './fakes.ts';
import { createHeldSession } from './held-session.ts';

function setUp() {
  const link = fakeLink();
  let overflows = 0;
  const told: string[] = [];
  return {
    link,
    told,
    overflows: () => overflows,
    held: createHeldSession(link, () => (overflows += 1)),
    session: {
      onText: (text: string) => void told.push(text),
      onBinary: (bytes: Uint8Array) => void told.push(`${bytes.byteLength} bytes`),
      onClose: (code: number) => void told.push(`close ${code}`),
    },
  };
}

describe('a session that is not known yet', () => {
  it('keeps what comes, its end too, and hands it on in order', () => {
    const { held, session, told } = setUp();
    held.onText('one');
    held.onBinary(new Uint8Array(3));
    held.onClose(1000);
    held.release(session);
    expect(told).toEqual(['one', '3 bytes', 'close 1000']);
  });

  it('passes everything on once it is known', () => {
    const { held, session, told } = setUp();
    held.release(session);
    held.onText('two');
    held.onClose(1006);
    expect(told).toEqual(['two', 'close 1006']);
  });

  it('asks the transport to wait at 512 KiB, and keeps what it had read by then', () => {
    const { held, session, told, link, overflows } = setUp();
    held.onBinary(new Uint8Array(500 * 1024));
    expect(link.isPaused).toBe(false);
    held.onBinary(new Uint8Array(500 * 1024));
    expect(link.isPaused).toBe(true);
    held.onBinary(new Uint8Array(500 * 1024));
    held.release(session);
    expect(told).toHaveLength(3);
    expect(overflows()).toBe(0);
  });

  it('takes no more than its bound, and says so once', () => {
    const { held, session, told, overflows } = setUp();
    for (let count = 0; count < 100_000; count += 1) held.onText('x');
    held.release(session);
    expect(told.length).toBeLessThan(16_000);
    expect(overflows()).toBe(1);
  });

  it('knows whether the socket left without a word', () => {
    const { held } = setUp();
    expect(held.isDeserted).toBe(false);
    held.onClose(1006);
    expect(held.isDeserted).toBe(true);
  });
});
