import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../base/index.ts';
import { converse } from './connection.ts';

describe('a Wyoming connection', () => {
  it('lets the sender wait while the peer does not read, until it closes', async () => {
    const deaf = createServer({ pauseOnConnect: true });
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const address = deaf.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');

    let sentCount = 0;
    const payload = new Uint8Array(64 * 1024);
    const limits = { clock: systemClock, signal: new AbortController().signal, limitMs: 10_000 };
    const sending = await converse(
      { host: '127.0.0.1', port: address.port },
      limits,
      async (peer) => {
        const all = (async () => {
          for (; sentCount < 1_000; sentCount += 1) await peer.send('audio-chunk', {}, payload);
          return 'all sent';
        })().catch(() => 'cut off');
        for (let before = -1; before !== sentCount;) {
          before = sentCount;
          await setTimeout(100);
        }
        return { all };
      },
    );
    expect(await sending.all).toBe('cut off');
    expect(sentCount).toBeLessThan(1_000);
    deaf.close();
  });
});
