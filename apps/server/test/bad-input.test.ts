import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  startServerProcess,
  temporaryDirectory,
  type ServerProcess,
} from './harness/server-process.ts';
import { speak } from './harness/microphone.ts';
import { until } from './harness/until.ts';
import { download, signIn } from './harness/walk.ts';

const directory = temporaryDirectory();
let server: ServerProcess;
let token: string;
let count = 0;

beforeAll(async () => {
  server = await startServerProcess(directory.path);
  ({ token } = await signIn(server.url));
});
afterAll(async () => {
  await server.stop();
  directory[Symbol.dispose]();
});

/** A client that says anything at all. */
function connect(query = `token=${token}&device_name=bad${++count}`) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws_pcm?${query}`);
  const messages: { type: string; error?: string }[] = [];
  let closeCode: number | null = null;
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as never));
  socket.on('close', (code) => (closeCode = code));
  socket.on('error', () => undefined);
  return {
    send: (data: string | Uint8Array) => socket.send(data),
    close: () => socket.close(),
    ready: () => until(() => messages.find(({ type }) => type === 'ready')),
    errorCode: () => until(() => messages.find(({ type }) => type === 'error')?.error, 5000),
    closed: () => until(() => closeCode, 15_000),
    messages,
  };
}

const header = (type: string, payloadLength: unknown) =>
  JSON.stringify({
    type,
    data: { rate: 16_000, width: 2, channels: 1 },
    payload_length: payloadLength,
  });

describe('bad input on the real server', () => {
  it.each(['token=wrong', '', `token=${'x'.repeat(3000)}`])(
    'says what is wrong before it closes with 1008 (%#)',
    async (query) => {
      const client = connect(query);
      expect(await client.closed()).toBe(1008);
      expect(client.messages).toMatchObject([
        { type: 'error', error: 'authentication_failed', code: 1008 },
      ]);
    },
  );

  it.each([
    ['text that is not JSON', 'hello', 'invalid_json'],
    ['JSON that is no object', '[1]', 'invalid_json'],
    ['a negative length', header('audio-chunk', -1), 'invalid_header'],
    ['a huge length', header('audio-chunk', 2 ** 40), 'invalid_header'],
    ['a length that is no number', header('audio-chunk', 'many'), 'invalid_header'],
  ])('answers %s with a typed error', async (_what, text, code) => {
    const client = connect();
    await client.ready();
    client.send(text);
    expect(await client.errorCode()).toBe(code);
    client.close();
  });

  it('answers odd byte counts and unannounced sizes with typed errors', async () => {
    const odd = connect();
    await odd.ready();
    odd.send(new Uint8Array(641));
    expect(await odd.errorCode()).toBe('odd_byte_count');
    odd.close();

    const other = connect();
    await other.ready();
    other.send(header('audio-chunk', 640));
    other.send(new Uint8Array(320));
    expect(await other.errorCode()).toBe('payload_mismatch');
    other.close();
  });

  it.each(['/nonsense', '/health', '/api/events'])('refuses an upgrade of %s', async (path) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}?token=${token}`);
    const failure = new Promise<Error>((resolve) => socket.once('error', resolve));
    expect((await failure).message).toContain('404');
  });

  it('closes a 10 MB frame with 1009, and other devices do not notice', async () => {
    const { client } = await signIn(server.url);
    const pcm = new Uint8Array(new Int16Array(16_000).map((_, index) => (index % 97) * 50).buffer);
    const speaking = speak({ url: server.url, token, deviceName: 'good', pcm, speed: 1 });
    const attacks = Array.from({ length: 5 }, async () => {
      const bad = connect();
      await bad.ready();
      bad.send(new Uint8Array(10 * 1024 * 1024));
      return bad.closed();
    });
    expect(await Promise.all(attacks)).toEqual([1009, 1009, 1009, 1009, 1009]);

    const stream = await speaking;
    const { clients } = await client.activeClients();
    const capture = clients.find(({ client_id }) => client_id === stream.clientId)?.capture_id;
    const url = `${server.url}/api/captures/${capture ?? ''}/audio`;
    await until(async () =>
      Buffer.from(pcm).equals(await download(url, token)) ? true : undefined,
    );
    await stream.close();
  });
});
