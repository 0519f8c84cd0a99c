import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { speechFormat } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, soundBytes, soundSlice, type House } from './house.fake.ts';

let house: House;
let baseUrl: string;

async function start(opened: House): Promise<void> {
  house = opened;
  await house.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = house.app.server.address() as AddressInfo;
  baseUrl = `http://127.0.0.1:${port}`;
}

beforeEach(async () => start(await openHouse(fakeClock())));
afterEach(close);

/** Closes the app; time passes meanwhile. */
async function close(): Promise<void> {
  const closing = house.app.close();
  let isClosed = false;
  void closing.then(() => (isClosed = true));
  await until(() => {
    house.clock.advance(100);
    return isClosed;
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5);
}

describe('event stream', () => {
  const job = (id: string) => ({
    type: 'job' as const,
    job_id: id,
    kind: 'x',
    state: 'done' as const,
  });

  async function open(name: string, headers: Record<string, string> = {}) {
    const { authorization } = await house.as(name);
    const abort = new AbortController();
    const response = await fetch(`${baseUrl}/api/events`, {
      headers: { authorization, ...headers },
      signal: abort.signal,
    });
    let text = '';
    const ended = (async () => {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
    })().catch(() => undefined);
    return { response, abort, ended, text: () => text };
  }

  it('shows each user their own, as it happens', async () => {
    const [ada, bob] = [await open('ada'), await open('bob')];
    expect(ada.response.headers.get('content-type')).toBe('text/event-stream');
    expect(ada.response.headers.get('cache-control')).toBe('no-store');

    house.publish(house.of('ada').user.id, job('of-ada'));
    house.publish(house.of('bob').user.id, job('of-bob'));
    await until(() => ada.text().includes('of-ada') && bob.text().includes('of-bob'));

    expect(ada.text()).toMatch(/^retry: \d+\n\nid: test-1\nevent: job\ndata: \{.*\}\n\n$/);
    expect(ada.text()).not.toContain('of-bob');
    expect(bob.text()).not.toContain('of-ada');
  });

  it('goes on after the last event that was seen', async () => {
    for (const id of ['one', 'two', 'three']) house.publish(house.of('ada').user.id, job(id));
    const stream = await open('ada', { 'last-event-id': 'test-1' });
    await until(() => stream.text().includes('three'));

    expect(stream.text()).toContain('two');
    expect(stream.text()).not.toContain('"one"');
  });

  it('ends after the session was ended', async () => {
    const { authorization } = await house.as('ada');
    const response = await fetch(`${baseUrl}/api/events`, { headers: { authorization } });
    await fetch(`${baseUrl}/auth/jwt/logout`, { method: 'POST', headers: { authorization } });
    house.clock.advance(15_000);

    expect(await response.text()).toBe('retry: 2000\n\n');
  });

  it('lets one user have a limited number, and counts those that left no more', async () => {
    const streams = await Promise.all(Array.from({ length: 16 }, () => open('ada')));
    expect((await open('ada')).response.status).toBe(429);
    expect((await open('bob')).response.status).toBe(200);

    streams[0]!.abort.abort();
    for (;;) {
      if ((await open('ada')).response.status === 200) break;
      await pause(5);
    }
  });

  it('does not hold up a server that closes', async () => {
    const stream = await open('ada');
    await close();

    await stream.ended;
  });
});

describe('sound over a socket', () => {
  it('comes in ranges that put together are the whole', async () => {
    const { authorization } = await house.as('ada');
    const url = `${baseUrl}/api/captures/${house.of('ada').capture.id}/audio`;
    const parts: Uint8Array[] = [];
    for (let start = 44; start < 44 + soundBytes; start += 100_000) {
      const response = await fetch(url, {
        headers: { authorization, range: `bytes=${start}-${start + 99_999}` },
      });
      expect(response.status).toBe(206);
      parts.push(new Uint8Array(await response.arrayBuffer()));
    }

    expect(Buffer.concat(parts).equals(soundSlice(0, soundBytes))).toBe(true);
  });

  it('is read only as fast as the client takes it, and no more once the client is gone', async () => {
    let bytesRead = 0;
    let hasEnded = false;
    await close();
    await start(
      await openHouse(fakeClock(), {
        override: () => ({
          captureReader: {
            openOgg: () => Promise.reject(new Error('no Opus here')),
            openRange: async () => ({
              format: speechFormat,
              byteCount: 1_000_000_000,
              gaps: [],
              async *read() {
                try {
                  for (; bytesRead < 1_000_000_000; bytesRead += 50_000)
                    yield new Uint8Array(50_000);
                } finally {
                  hasEnded = true;
                }
              },
            }),
          },
        }),
      }),
    );
    const { token } = await house.as('ada');
    const socket = connect((house.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(
      `GET /api/captures/${house.of('ada').capture.id}/audio?token=${token} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    await once(socket, 'readable');

    let before = -1;
    while (before !== bytesRead) {
      before = bytesRead;
      await pause(100);
    }
    expect(bytesRead).toBeLessThan(100_000_000);
    expect(hasEnded).toBe(false);

    socket.destroy();
    await until(() => hasEnded);
    await until(() => house.lines.some((line) => line.includes('"isAborted":true')));
    expect(house.lines.join('')).not.toContain(token);
  });
});

describe('audio sockets', () => {
  async function refusal(path: string, headers: Record<string, string> = {}) {
    const socket = new WebSocket(baseUrl.replace('http', 'ws') + path, { headers });
    const message = once(socket, 'message') as Promise<[Buffer]>;
    const closing = once(socket, 'close') as Promise<[number]>;
    const [data] = await message;
    const [code] = await closing;
    return { code, message: JSON.parse(data.toString()) as unknown };
  }

  it('are told that the server has no administrator yet', async () => {
    await close();
    await start(await openHouse(fakeClock(), { isSetupDone: false }));

    expect(await refusal('/ws_pcm?token=x')).toMatchObject({
      code: 1013,
      message: { type: 'error', error: 'setup_required' },
    });
  });

  it('are told that a token is not good', async () => {
    expect(await refusal('/ws_pcm?token=x')).toMatchObject({
      code: 1008,
      message: { type: 'error', error: 'authentication_failed', code: 1008 },
    });
  });

  it('know a cookie from a page of ours, and from no other', async () => {
    const { token } = await house.as('ada');
    const cookie = `fastapiusersauth=${token}`;
    const own = { cookie, origin: baseUrl };

    // Let in, and then told by the scripted capture that there is no storage.
    expect(await refusal('/ws_pcm', own)).toMatchObject({
      message: { error: 'storage_unavailable' },
    });
    expect(await refusal('/ws_pcm', { cookie, origin: 'http://evil.example' })).toMatchObject({
      code: 1008,
      message: { error: 'forbidden' },
    });
  });
});

describe('closing', () => {
  it('does not wait for connections that nobody uses', async () => {
    const socket = connect((house.app.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await close();

    await closed;
  });
});

describe('what is not HTTP', () => {
  it('is refused with the one error body', async () => {
    const socket = connect((house.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('hello\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'invalid_request' });
  });
});
