import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { segmentFiles } from '../adapters/filesystem/index.ts';
import { clientIdOf } from '../accounts/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { AppError, silentLog, systemClock, type Clock } from '../base/index.ts';
import { alice, bob, fakeCaptureStore, fakeLink, noise } from '../capture/fakes.ts';
import {
  createCaptureReader,
  createCaptures,
  repairCaptures,
  type CaptureEvent,
} from '../capture/index.ts';
import { registerAudioSockets } from './audio-sockets.ts';
import type { App } from './fastify.ts';

const tokens = new Map([
  ['alice', alice],
  ['bob', bob],
]);

let dataDir: string;
let closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sockets-'));
});
afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
  await rm(dataDir, { recursive: true });
});

async function serve(options: { clock?: Clock; authentication?: Promise<void> } = {}) {
  const { clock = systemClock, authentication } = options;
  const store = fakeCaptureStore();
  const files = segmentFiles(dataDir);
  const deps = { store, files, clock, log: silentLog };
  const captures = createCaptures({ ...deps, reconnectGraceMs: 60_000, onDevice: () => undefined });
  const events: CaptureEvent[] = [];
  captures.tap((event) => events.push(event));

  const app: App = Fastify();
  await registerAudioSockets(app, {
    captures,
    authenticate: async (request: FastifyRequest) => {
      await authentication;
      const { token } = request.query as { token?: string };
      const userId = tokens.get(token ?? '');
      if (!userId) throw new AppError('unauthorized');
      return { userId };
    },
    devices: {
      seen: async (userId, name) => ({
        userId,
        clientId: clientIdOf(userId, name),
        deviceName: name ?? 'device',
        firstSeenAt: 0,
        lastSeenAt: 0,
      }),
    },
    clock,
    log: silentLog,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(async () => {
    await captures.drain();
    await app.close();
  });
  const { port } = app.server.address() as AddressInfo;

  const reader = createCaptureReader({ store, files });
  return {
    app,
    store,
    files,
    captures,
    events,
    url: (query = 'token=alice&device_name=Phone', path = '/ws_pcm') =>
      `ws://127.0.0.1:${port}${path}?${query}`,
    /** Waits until every capture is sealed and gives the sound of each, without its gaps. */
    async sealedSound(): Promise<Buffer[]> {
      await until(() => [...store.captures.values()].every(({ state }) => state === 'sealed'));
      const sounds: Buffer[] = [];
      for (const { id, userId } of store.captures.values()) {
        const parts: Uint8Array[] = [];
        for (const segment of await store.segments(userId, id)) {
          for await (const chunk of files.read(segment, 0, segment.byteCount)) parts.push(chunk);
        }
        sounds.push(Buffer.concat(parts));
      }
      return sounds;
    },
    reader,
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !condition();) {
    if (Date.now() > deadline) expect.fail('waited 5 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A client that remembers what it was told. */
async function open(url: string, options: { autoPong?: boolean } = {}) {
  const socket = new WebSocket(url, options);
  const texts: string[] = [];
  socket.on('message', (data: Buffer) => texts.push(data.toString()));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('open', resolve));
  const told = (type: string) => until(() => texts.some((text) => text.includes(`"${type}"`)));
  return { socket, texts, closed, told, send: (data: string | Uint8Array) => socket.send(data) };
}

const event = (type: string, payloadLength: number | null = null) =>
  `${JSON.stringify({ type, data: { rate: 16_000, width: 2, channels: 1 }, version: '1.0.0', payload_length: payloadLength })}\n`;

describe('the PCM socket', () => {
  it.each(['/ws_pcm', '/ws/ws_pcm'])('on %s greets and stores bare binary frames', async (path) => {
    const server = await serve();
    const client = await open(server.url(undefined, path));
    await client.told('ready');
    expect(client.texts).toEqual([
      '{"type":"ready","message":"WebSocket connection established","data":{"client_id":"a11ce0-phone"}}\n',
    ]);
    client.send(noise(1024, 1));
    client.send(noise(1024, 2));
    client.socket.close();
    await client.closed;
    await until(() => server.store.captures.size === 1);
    expect(await server.sealedSound()).toEqual([Buffer.concat([noise(1024, 1), noise(1024, 2)])]);
  });

  it('stores events with JSON headers, of several recordings', async () => {
    const server = await serve();
    const client = await open(server.url());
    for (const seed of [1, 2]) {
      client.send(event('audio-start'));
      client.send(event('ping'));
      client.send(event('audio-chunk', 640));
      client.send(noise(640, seed));
      client.send(event('audio-stop'));
    }
    client.socket.close(1000, 'manual-stop');
    await client.closed;
    await until(() => server.store.captures.size === 2);
    expect(await server.sealedSound()).toEqual([
      Buffer.from(noise(640, 1)),
      Buffer.from(noise(640, 2)),
    ]);
    expect([...server.store.captures.values()].map(({ endReason }) => endReason)).toEqual([
      'stop',
      'stop',
    ]);
  });

  it('gives back the very bytes, over random frames, losses, takeovers and segment boundaries', async () => {
    const server = await serve();
    const sent: Uint8Array[] = [];
    let random = 7;
    const next = (below: number) => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return (random >>> 8) % below;
    };
    // 170 s of sound, so that it crosses two segment boundaries.
    let left = 170 * 32_000;
    let client = await open(server.url());
    let frame = 0;
    while (left > 0) {
      const bytes = noise(Math.min(left, 2 + 2 * next(20_000)), (frame += 1));
      client.send(bytes);
      sent.push(bytes);
      left -= bytes.byteLength;
      if (next(40) === 0) {
        // What was handed to the network has arrived once a later frame is answered.
        client.send('?');
        await client.told('invalid_json');
        if (next(2) === 0) {
          client.socket.terminate();
          await until(() => server.captures.active(alice)[0]?.isConnected === false);
        }
        client = await open(server.url());
        await client.told('ready');
      }
    }
    client.socket.close(1000);
    await client.closed;
    const sounds = await server.sealedSound();
    expect(sounds).toHaveLength(1);
    expect(sounds[0]?.equals(Buffer.concat(sent))).toBe(true);
    const told = server.events.flatMap((e) => (e.type === 'sound' ? [e.pcm] : []));
    expect(Buffer.concat(told).equals(Buffer.concat(sent))).toBe(true);

    // The range reader gives the same, with silence exactly where the gaps are.
    const [capture] = server.store.captures.values();
    const range = await server.reader.openRange(alice, [
      { captureId: capture!.id, startMs: 0, endMs: Infinity },
    ]);
    const parts: Uint8Array[] = [];
    for await (const chunk of range.read(0, range.byteCount)) parts.push(chunk);
    const stream = Buffer.concat(parts);
    const kept: Uint8Array[] = [];
    let at = 0;
    for (const gap of range.gaps) {
      const [from, to] = [gap.startMs, gap.endMs].map((ms) => Math.round(ms * 16) * 2) as [
        number,
        number,
      ];
      kept.push(stream.subarray(at, from));
      expect(stream.subarray(from, to).every((byte) => byte === 0)).toBe(true);
      at = to;
    }
    kept.push(stream.subarray(at));
    expect(Buffer.concat(kept).equals(Buffer.concat(sent))).toBe(true);
  });

  it('tells a peer with a wrong token why, and closes with 1008', async () => {
    const server = await serve();
    for (const query of ['token=wrong', 'device_name=Phone']) {
      const client = await open(server.url(query));
      expect(await client.closed).toEqual({ code: 1008, reason: 'Authentication failed' });
      expect(client.texts).toEqual([
        '{"type":"error","error":"authentication_failed","message":"Authentication failed. Please log in again and ensure your token is valid.","code":1008}\n',
      ]);
    }
    expect(server.captures.active()).toEqual([]);
  });

  it('keeps what arrives while it finds out who it is, and its end', async () => {
    const authentication = Promise.withResolvers<undefined>();
    const server = await serve({ authentication: authentication.promise.then(() => undefined) });
    const client = await open(server.url());
    for (let frame = 0; frame < 50; frame += 1) client.send(noise(640, frame));
    client.socket.close(1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.texts).toEqual([]);
    authentication.resolve(undefined);
    await client.closed;
    await until(() => server.store.captures.size === 1);
    expect(await server.sealedSound()).toEqual([
      Buffer.concat(Array.from({ length: 50 }, (_, frame) => noise(640, frame))),
    ]);
  });

  it('gives up on finding out after 10 s', async () => {
    const clock = fakeClock();
    const server = await serve({ clock, authentication: new Promise(() => undefined) });
    const client = await open(server.url());
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(10_000);
    expect(await client.closed).toMatchObject({ code: 1011 });
    expect(client.texts.join()).toContain('not_ready');
  });

  it('survives every kind of bad input, and the next device notices nothing', async () => {
    const server = await serve();
    const other = await open(server.url('token=bob&device_name=mic'));
    other.send(noise(640, 1));
    const client = await open(server.url());
    client.send('not json');
    client.send('[]');
    client.send('{"type":"audio-chunk","payload_length":-1}');
    client.send('{"type":"audio-chunk","payload_length":99999999999}');
    client.send('{"type":"audio-chunk","payload_length":8}');
    client.send(noise(4));
    client.send(noise(3));
    await client.told('odd_byte_count');
    expect(
      client.texts.slice(1).map((text) => (JSON.parse(text) as { error: string }).error),
    ).toEqual([
      'invalid_json',
      'invalid_json',
      'invalid_header',
      'invalid_header',
      'payload_mismatch',
      'odd_byte_count',
    ]);
    expect(client.texts.every((text) => text.endsWith('}\n'))).toBe(true);
    client.send(new Uint8Array(10 * 1024 * 1024));
    expect(await client.closed).toMatchObject({ code: 1009 });
    await until(() => server.captures.active(alice)[0]?.isConnected === false);
    expect(server.captures.active(alice)).toMatchObject([{ capture: { state: 'away' } }]);

    other.send(noise(640, 2));
    other.socket.close();
    await other.closed;
    server.captures.end(alice, clientIdOf(alice, 'Phone'));
    const sounds = await server.sealedSound();
    expect(sounds).toContainEqual(Buffer.concat([noise(640, 1), noise(640, 2)]));
    expect(sounds).toContainEqual(Buffer.concat([noise(4), noise(3).subarray(0, 2)]));
  });

  it('cuts off a peer that misses two pongs, as lost', async () => {
    const clock = fakeClock();
    const server = await serve({ clock });
    const deaf = await open(server.url(), { autoPong: false });
    const healthy = await open(server.url('token=bob'));
    await deaf.told('ready');
    await healthy.told('ready');
    for (let ping = 0; ping < 3; ping += 1) {
      clock.advance(20_000);
      if (ping < 2) await new Promise((resolve) => healthy.socket.once('ping', resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await deaf.closed).toMatchObject({ code: 1006 });
    expect(healthy.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('tells clients of a restart; the capture goes on in the next process', async () => {
    const first = await serve();
    const client = await open(first.url());
    client.send(noise(640, 1));
    await until(() => first.events.some(({ type }) => type === 'sound'));
    await first.captures.drain();
    expect(await client.closed).toEqual({ code: 1012, reason: 'Shutting down' });
    expect(client.texts.at(-1)).toContain('"shutting_down"');

    const { store, files } = first;
    const second = createCaptures({
      store,
      files,
      clock: systemClock,
      log: silentLog,
      reconnectGraceMs: 60_000,
      onDevice: () => undefined,
    });
    second.resume(await repairCaptures({ store, files, log: silentLog }));
    const session = second.connect({
      userId: alice,
      clientId: clientIdOf(alice, 'Phone'),
      deviceName: 'Phone',
      link: fakeLink(),
    });
    session.onBinary(noise(640, 2));
    session.onClose(1000);
    expect(await first.sealedSound()).toEqual([Buffer.concat([noise(640, 1), noise(640, 2)])]);
  });
});

describe('closing the app without a drain', () => {
  it('is no end of a recording', async () => {
    const server = await serve();
    const client = await open(server.url());
    client.send(noise(640));
    await until(() => server.events.some(({ type }) => type === 'sound'));
    await server.app.close();
    expect(await client.closed).toMatchObject({ code: 1012 });
    await until(() => [...server.store.captures.values()].some(({ state }) => state === 'away'));
  });
});
