import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { segmentFiles } from '../adapters/filesystem/index.ts';
import { clientIdOf, type Session, type User } from '../accounts/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { AppError, silentLog, systemClock, type Clock } from '../base/index.ts';
import {
  alice,
  bob,
  fakeCaptureStore,
  fakeOpusDecoders,
  fakeLink,
  noise,
} from '../capture/fakes.ts';
import {
  createCaptureReader,
  createCaptures,
  repairCaptures,
  type CaptureEvent,
} from '../capture/index.ts';
import { registerAudioSockets, type AudioSocketLimits } from './audio-sockets.ts';
import type { App } from './fastify.ts';

const tokens = new Map([
  ['alice', alice],
  ['bob', bob],
]);

function sessionFor(token: string): Session {
  const id = tokens.get(token);
  if (!id) throw new AppError('unauthorized');
  const user: User = {
    id,
    email: `${token}@example.com`,
    passwordHash: '',
    displayName: null,
    isActive: true,
    isSuperuser: false,
    createdAt: 0,
  };
  // Run out already: that must not matter.
  return { user, tokenId: token, expiresAt: 0 };
}

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

async function serve(
  options: {
    clock?: Clock;
    authentication?: Promise<void>;
    limits?: Partial<AudioSocketLimits>;
  } = {},
) {
  const { clock = systemClock, authentication } = options;
  const revoked = new Set<string>();
  const store = fakeCaptureStore();
  const files = segmentFiles(dataDir);
  const deps = { store, files, clock, log: silentLog };
  const captures = createCaptures({
    ...deps,
    reconnectGraceMs: 60_000,
    maxLateMs: 3_600_000,
    onDevice: () => undefined,
  });
  const events: CaptureEvent[] = [];
  captures.tap((event) => events.push(event));

  const app: App = Fastify();
  await registerAudioSockets(app, {
    captures,
    authenticate: async (request: FastifyRequest) => {
      await authentication;
      const { token } = request.query as { token?: string };
      return token === undefined ? null : sessionFor(token);
    },
    authenticateToken: async (token) => sessionFor(token),
    isRevoked: async ({ tokenId }) => revoked.has(tokenId),
    limits: { maxPerUser: 64, messagesPerSecond: 1000, idleMs: 3_600_000, ...options.limits },
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

  const reader = createCaptureReader({ store, files, decoders: fakeOpusDecoders() });
  return {
    app,
    store,
    files,
    captures,
    events,
    revoked,
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
    let client = await open(server.url(), { autoPong: false });
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
        client = await open(server.url(), { autoPong: false });
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
      client.send(noise(640));
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
      maxLateMs: 3_600_000,
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

describe('the Opus sockets', () => {
  const packet = (seed: number) => {
    const bytes = noise(40, seed);
    bytes[0] = 0xb8;
    return bytes;
  };

  it.each(['/ws', '/ws_omi', '/ws/ws_omi'])('on %s take packets in both framings', async (path) => {
    const server = await serve();
    const bare = await open(server.url(undefined, path));
    const framed = await open(server.url('token=bob', path));
    await bare.told('ready');
    await framed.told('ready');
    framed.send(event('audio-start'));
    for (const seed of [1, 2]) {
      bare.send(packet(seed));
      framed.send(event('audio-chunk', 40));
      framed.send(packet(seed));
    }
    await until(() => server.events.filter(({ type }) => type === 'packets').length >= 2);
    bare.socket.close(1000);
    framed.socket.close(1000);
    await bare.closed;
    for (const userId of [alice, bob]) {
      const told = server.events.flatMap((e) =>
        e.type === 'packets' && e.capture.userId === userId ? e.packets : [],
      );
      expect(told.map((bytes) => Buffer.from(bytes))).toEqual(
        [1, 2].map((seed) => Buffer.from(packet(seed))),
      );
    }
  });

  it('take packets with a header where the address says so', async () => {
    const server = await serve();
    const client = await open(server.url('token=alice&header=omi', '/ws'));
    for (const index of [1, 2, 4]) client.send(Uint8Array.of(index, 0, 0, ...packet(index)));
    client.socket.close(1000);
    await until(() => server.events.some(({ type }) => type === 'ended'));
    const told = server.events.flatMap((e) => (e.type === 'packets' ? e.packets : []));
    expect(told.map((bytes) => bytes.byteLength)).toEqual([40, 40, 1, 40]);
  });
});

describe('a token as the first message', () => {
  const auth = (token: string) => JSON.stringify({ type: 'auth', data: { token } });

  it('lets a device in, whatever follows it at once', async () => {
    const server = await serve();
    const client = await open(server.url('device_name=Phone'));
    client.send(auth('alice'));
    client.send(noise(640));
    client.socket.close(1000);
    await client.closed;
    await until(() => server.store.captures.size === 1);
    expect(await server.sealedSound()).toEqual([Buffer.from(noise(640))]);
  });

  it.each([auth('wrong'), '{"type":"audio-start"}', 'hello'])(
    'that is none is refused: %s',
    async (first) => {
      const server = await serve();
      const client = await open(server.url('device_name=Phone'));
      client.send(first);
      expect(await client.closed).toEqual({ code: 1008, reason: 'Authentication failed' });
      expect(server.captures.counts.all().refusedAuthentications).toBe(1);
    },
  );

  it('must come within 10 s', async () => {
    const clock = fakeClock();
    const server = await serve({ clock });
    const client = await open(server.url('device_name=Phone'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(10_000);
    expect(await client.closed).toMatchObject({ code: 1008 });
  });
});

describe('two sockets of one device', () => {
  it('are two devices while both answer; a dead one makes room', async () => {
    const server = await serve();
    const first = await open(server.url(), { autoPong: false });
    first.send(noise(640, 1));
    await until(() => server.events.some(({ type }) => type === 'sound'));
    // It does not answer pings any more, so the next one is the same device come back.
    const second = await open(server.url());
    second.send(noise(640, 2));
    expect(await first.closed).toEqual({ code: 1008, reason: 'Taken over' });
    await second.told('ready');
    expect(second.texts[0]).toContain('"client_id":"a11ce0-phone"');

    const third = await open(server.url());
    second.send(noise(640, 3));
    await third.told('ready');
    expect(third.texts[0]).toContain('"client_id":"a11ce0-phone-2"');
    expect(second.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('are one where the older answers, but fell silent as the newer came', async () => {
    const server = await serve();
    const first = await open(server.url());
    first.send(noise(640, 1));
    await until(() => server.events.some(({ type }) => type === 'sound'));
    const second = await open(server.url());
    second.send(noise(640, 2));
    expect(await first.closed).toEqual({ code: 1008, reason: 'Taken over' });
    await second.told('ready');
    expect(second.texts[0]).toContain('"client_id":"a11ce0-phone"');
    second.socket.close(1000);
    await until(() => server.captures.active(alice).length === 0);
    expect(server.store.captures.size).toBe(1);
  });
});

describe('a device that asks for acks', () => {
  it('is told how far it got, and goes on from there after a loss', async () => {
    const server = await serve();
    const url = server.url('token=alice&device_name=Phone&ack=1');
    const chunk = (seq: number) =>
      JSON.stringify({ type: 'audio-chunk', data: { seq }, payload_length: 640 });
    const send = (client: Awaited<ReturnType<typeof open>>, seq: number) => {
      client.send(chunk(seq));
      client.send(noise(640, seq));
    };
    const first = await open(url);
    for (let seq = 1; seq <= 20; seq += 1) send(first, seq);
    await first.told('ack');
    first.socket.terminate();
    await until(() => server.captures.active(alice)[0]?.isConnected === false);

    const second = await open(url);
    await second.told('ready');
    const { data } = JSON.parse(second.texts[0]!) as { data: { seq: number } };
    expect(data.seq).toBeGreaterThan(0);
    for (let seq = 1; seq <= 40; seq += 1) send(second, seq);
    second.socket.close(1000);
    const sounds = await server.sealedSound();
    expect(sounds).toEqual([
      Buffer.concat(Array.from({ length: 40 }, (_, at) => noise(640, at + 1))),
    ]);
  });
});

describe('limits', () => {
  it('close a socket whose session was revoked within 2 s, and no other', async () => {
    const server = await serve();
    const [hers, his] = [await open(server.url()), await open(server.url('token=bob'))];
    await hers.told('ready');
    await his.told('ready');
    hers.send(noise(640));
    const revokedAt = performance.now();
    server.revoked.add('alice');
    expect(await hers.closed).toEqual({ code: 1008, reason: 'Unauthorized' });
    expect(performance.now() - revokedAt).toBeLessThan(2000);
    hers.send(noise(640));
    expect(his.socket.readyState).toBe(WebSocket.OPEN);
    expect(server.captures.active(alice)).toMatchObject([{ isConnected: false }]);
    expect(server.captures.counts.all().revokedSockets).toBe(1);
  });

  it('close a socket that floods, and cost its neighbour nothing', async () => {
    const server = await serve({ limits: { messagesPerSecond: 100 } });
    const other = await open(server.url('token=bob'));
    const client = await open(server.url());
    for (let message = 0; message < 10_000; message += 1) client.send('{"type":"ping"}');
    expect(await client.closed).toEqual({ code: 1008, reason: 'Message rate exceeded' });
    expect(client.texts.at(-1)).toContain('message_rate_exceeded');
    expect(server.captures.counts.all().floodingSockets).toBe(1);
    other.send(noise(640));
    await until(() => server.events.some(({ type }) => type === 'sound'));
  });

  it('close a socket that sends nothing for long, as lost', async () => {
    const clock = fakeClock();
    const server = await serve({ clock, limits: { idleMs: 60_000 } });
    const [idle, busy] = [await open(server.url()), await open(server.url('token=bob'))];
    await idle.told('ready');
    await busy.told('ready');
    for (let second = 0; second < 61; second += 1) {
      if (second % 10 === 0) busy.send('?');
      await new Promise((resolve) => setTimeout(resolve, 5));
      clock.advance(1000);
    }
    expect(await idle.closed).toEqual({ code: 1013, reason: 'Idle timeout' });
    expect(busy.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('turn away a socket too many of one user', async () => {
    const server = await serve({ limits: { maxPerUser: 2 } });
    const first = await open(server.url('token=alice&device_name=one'));
    const second = await open(server.url('token=alice&device_name=two'));
    await first.told('ready');
    await second.told('ready');
    const third = await open(server.url('token=alice&device_name=three'));
    expect(await third.closed).toEqual({ code: 1013, reason: 'Too many sockets' });
    await (await open(server.url('token=bob'))).told('ready');

    first.socket.close();
    await first.closed;
    await (await open(server.url('token=alice&device_name=three'))).told('ready');
  });

  it('let every device of a user come back, whatever it left behind', async () => {
    const server = await serve({ limits: { maxPerUser: 1 } });
    const url = server.url('token=alice&device_name=one');
    // Nothing is read from it any more, so it answers neither pings nor the close.
    const left = await open(url);
    await left.told('ready');
    left.socket.pause();
    for (let round = 0; round < 2; round += 1) {
      const back = await open(url);
      await back.told('ready');
      expect(back.texts[0]).toContain('"client_id":"a11ce0-one"');
      back.socket.pause();
    }
    left.socket.terminate();
    expect(server.captures.counts.all()).toMatchObject({ takeovers: 2, refusedSockets: 0 });
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
