import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket as WsSocket, WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { openAudioStream, type AudioStreamOptions } from './audio-stream.ts';
import type { ApiError } from './errors.ts';
import { createResendBuffer } from './resend-buffer.ts';

const servers: WebSocketServer[] = [];

async function serve(onSocket: (socket: ServerSocket, request: IncomingMessage) => void) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  server.on('connection', onSocket);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ready = JSON.stringify({ type: 'ready', message: 'hi', data: { client_id: 'abcdef-mic' } });
const options = (baseUrl: string, more: Partial<AudioStreamOptions> = {}): AudioStreamOptions => ({
  baseUrl,
  token: 'to ken',
  deviceName: 'mic & co',
  ...more,
});

/** A server that says `ready` and keeps what it is sent. */
async function listen() {
  const frames: (string | Buffer)[] = [];
  const ended = Promise.withResolvers<number>();
  const urls: string[] = [];
  const baseUrl = await serve((socket, request) => {
    urls.push(request.url ?? '');
    socket.on('message', (data: Buffer, isBinary) =>
      frames.push(isBinary ? data : data.toString()),
    );
    socket.on('close', (code) => ended.resolve(code));
    socket.send(`${ready}\n`);
  });
  return { baseUrl, frames, urls, ended: ended.promise };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

describe('audio stream', () => {
  it('announces each payload and ends with audio-stop and a clean close', async () => {
    const { baseUrl, frames, urls, ended } = await listen();
    const stream = await openAudioStream(options(baseUrl));
    await stream.send(new Uint8Array([1, 2, 3, 4]));
    stream.stop();
    await stream.send(new Uint8Array([5, 6]));
    const end = await stream.close();

    expect(stream.clientId).toBe('abcdef-mic');
    expect(urls).toEqual(['/ws_pcm?token=to+ken&device_name=mic+%26+co']);
    expect(end).toEqual({ code: 1000, reason: 'done', error: null });
    expect(await ended).toBe(1000);
    const format = { rate: 16_000, width: 2, channels: 1 };
    const header = (type: string, length: number | null, data: object = format) => ({
      type,
      data,
      payload_length: length,
    });
    expect(
      frames.map((frame): unknown => (typeof frame === 'string' ? JSON.parse(frame) : [...frame])),
    ).toEqual([
      header('audio-start', null),
      header('audio-chunk', 4),
      [1, 2, 3, 4],
      header('audio-stop', null, {}),
      header('audio-start', null),
      header('audio-chunk', 2),
      [5, 6],
    ]);
  });

  it('sends bare payloads in raw framing, cut at whole samples, all of them', async () => {
    const { baseUrl, frames, ended } = await listen();
    const stream = await openAudioStream(
      options(baseUrl, {
        framing: 'raw',
        format: { sampleRateHz: 16_000, bytesPerSample: 2, channels: 3 },
      }),
    );
    const pcm = new Uint8Array(600_000).map((_, index) => index % 251);
    await stream.send(pcm);
    stream.stop();
    await stream.close();
    await ended;

    const payloads = frames.filter((frame) => typeof frame !== 'string');
    expect(payloads).toHaveLength(frames.length);
    expect(payloads.every((payload) => payload.length % 6 === 0)).toBe(true);
    expect(Buffer.concat(payloads).equals(Buffer.from(pcm))).toBe(true);
  });

  it('takes no more while the server does not read', async () => {
    let peer: ServerSocket | undefined;
    const baseUrl = await serve((socket) => {
      peer = socket;
      socket.send(ready);
      socket.pause();
    });
    const stream = await openAudioStream(options(baseUrl));
    let sent = 0;
    const sending = (async () => {
      for (; sent < 400; sent++) await stream.send(new Uint8Array(64 * 1024));
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const held = sent;
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(sent).toBe(held);
    expect(sent).toBeLessThan(400);
    peer?.resume();
    await sending;
    await stream.close();
  });

  it("rejects with the server's reason when it is refused", async () => {
    const baseUrl = await serve((socket) => {
      socket.send(
        JSON.stringify({
          type: 'error',
          error: 'authentication_failed',
          message: 'Log in again',
          code: 1008,
        }),
      );
      socket.close(1008, 'Authentication failed');
    });

    await expect(openAudioStream(options(baseUrl))).rejects.toMatchObject({
      name: 'ApiError',
      status: 401,
      code: 'authentication_failed',
      message: 'Log in again',
    });
  });

  it('reports a refused frame and goes on, and says why the server ended it', async () => {
    const error = (code: string, number: number) =>
      JSON.stringify({ type: 'error', error: code, message: code, code: number });
    const baseUrl = await serve((socket) => {
      socket.send(ready);
      socket.once('message', () => {
        socket.send(error('odd_byte_count', 400));
        socket.send(error('taken_over', 1008));
        socket.close(1008, 'taken over');
      });
    });
    const errors: ApiError[] = [];
    const stream = await openAudioStream(
      options(baseUrl, { onError: (reported) => errors.push(reported) }),
    );
    await stream.send(new Uint8Array(2));
    const end = await stream.ended;

    expect(errors.map(({ code, status }) => [code, status])).toEqual([
      ['odd_byte_count', 400],
      ['taken_over', 409],
    ]);
    expect(end).toMatchObject({ code: 1008, error: { code: 'taken_over' } });
    await expect(stream.send(new Uint8Array(2))).rejects.toMatchObject({ code: 'taken_over' });
  });

  it('aborts without a clean close', async () => {
    const plain = await listen();
    (await openAudioStream(options(plain.baseUrl))).abort();
    expect(await plain.ended).toBe(4000);

    const cut = await listen();
    const stream = await openAudioStream(
      options(cut.baseUrl, { connect: (url) => new WsSocket(url) }),
    );
    stream.abort();
    expect(await cut.ended).toBe(1006);
  });

  it('aborts with its signal, before and after it is open', async () => {
    const silent = await serve(() => undefined);
    const early = new AbortController();
    const opening = openAudioStream(options(silent, { signal: early.signal }));
    early.abort(new Error('stopped'));
    await expect(opening).rejects.toThrow('stopped');

    const { baseUrl, ended } = await listen();
    const late = new AbortController();
    const stream = await openAudioStream(options(baseUrl, { signal: late.signal }));
    late.abort();
    expect((await stream.ended).code).not.toBe(1000);
    expect(await ended).not.toBe(1000);
  });

  it('says that nobody answers', async () => {
    await expect(openAudioStream(options('http://127.0.0.1:1'))).rejects.toMatchObject({
      code: 'network',
    });
  });

  it('sends Opus packet by packet, and says when they were recorded', async () => {
    const { baseUrl, frames, urls, ended } = await listen();
    const stream = await openAudioStream(options(baseUrl, { codec: 'opus', capturedAt: 1000 }));
    await stream.send(Uint8Array.of(0xb8, 1));
    await stream.send(Uint8Array.of(0xb8, 2, 3));
    await stream.close();
    await ended;

    expect(urls[0]).toContain('/ws_omi?');
    expect(JSON.parse(String(frames[0]))).toMatchObject({
      type: 'audio-start',
      data: { codec: 'opus', captured_at: 1000 },
    });
    expect(frames.filter((frame) => typeof frame !== 'string').map((frame) => [...frame])).toEqual([
      [0xb8, 1],
      [0xb8, 2, 3],
    ]);
  });

  it('sends again over the next connection what was not confirmed', async () => {
    const seqs: number[][] = [];
    const baseUrl = await serve((socket, request) => {
      expect(request.url).toContain('ack=1');
      const heard: number[] = [];
      seqs.push(heard);
      const captureId = 'a'.repeat(32);
      const isFirst = seqs.length === 1;
      const progress = isFirst ? { capture_id: null, seq: 0 } : { capture_id: captureId, seq: 2 };
      socket.send(JSON.stringify({ type: 'ready', data: { client_id: 'x', ...progress } }));
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) return;
        const { type, data: details } = JSON.parse(data.toString()) as {
          type: string;
          data: { seq: number };
        };
        if (type !== 'audio-chunk') return;
        heard.push(details.seq);
        if (isFirst && details.seq === 3) socket.terminate();
        const ack = { capture_id: captureId, seq: details.seq };
        if (!isFirst) socket.send(JSON.stringify({ type: 'ack', data: ack }));
      });
    });
    const resend = createResendBuffer();
    const first = await openAudioStream(options(baseUrl, { resend }));
    for (let count = 0; count < 3; count += 1) await first.send(new Uint8Array(640));
    await first.ended;
    await first.send(new Uint8Array(640));

    const second = await openAudioStream(options(baseUrl, { resend }));
    await second.send(new Uint8Array(640));
    expect(await second.close()).toMatchObject({ code: 1000 });
    expect(seqs).toEqual([
      [1, 2, 3],
      [3, 4, 5],
    ]);
    expect(resend.pendingBytes).toBe(0);
  });

  it('refuses what the buffer has no room for, and keeps nothing of it', async () => {
    const { baseUrl } = await listen();
    const resend = createResendBuffer(1000);
    const stream = await openAudioStream(options(baseUrl, { resend }));
    await stream.send(new Uint8Array(800));
    stream.abort();
    await stream.ended;
    await expect(stream.send(new Uint8Array(800))).rejects.toMatchObject({ code: 'network' });
    expect(resend.pendingBytes).toBe(800);
  });
});
