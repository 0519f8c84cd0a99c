import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { answerBytes, jsonAnswer, refusalAnswer, spoilt, type HttpAnswer } from './answers.ts';
import { createFaults, type DeepgramFault, type FaultSwitch, type Outage } from './faults.ts';
import type { Message } from './listening.ts';
import { serveLive, type LiveService } from './live.ts';
import { queryMistake, recordedSettings } from './query.ts';
import { recordedAnswer } from './recorded.ts';
import type { OpenRequest, RecordedRequest } from './recorder.ts';
import { markedPositionMs, type ScriptedWord } from '../script/index.ts';
import { outletOf } from './transport.ts';

export interface DeepgramOptions {
  /** What is said, when, and by whom. */
  readonly script: readonly ScriptedWord[];
  /**
   * Where in the script a stretch of sound (16 kHz mono s16le, 20 ms or a little more) comes from, ms; null: from
   * nowhere, which is silence. Default: by the marks of `markSound`.
   */
  readonly positionOf?: (pcm: Uint8Array) => number | null;
  readonly apiKey?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Put before every path, as by a proxy: `/deepgram`. */
  readonly pathPrefix?: string;
  /** How many times faster than real time it hears live sound, at most 1.25 times that; default 1. */
  readonly speed?: number;
  /** How long a live connection may be without a message; default 10 s. */
  readonly idleLimitMs?: number;
  /** More at once are refused with 429. */
  readonly maxStreams?: number;
  readonly maxRequests?: number;
  /** Called with each message of a live session once it was sent. */
  readonly onSaid?: (request: RecordedRequest, message: Message) => void;
}

export interface DeepgramSimulator {
  readonly port: number;
  /** Base URL, the path prefix included. */
  readonly url: string;
  readonly apiKey: string;
  readonly faults: FaultSwitch;
  /** Takes the whole service away, or with null brings it back. */
  outage(kind: Outage | null): void;
  /** Every request so far, those of live sessions included, in the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  readonly openStreams: number;
  /** Stops listening and breaks every connection. */
  close(): Promise<void>;
}

const maxBodyBytes = 512 * 1024 * 1024;

/** Starts a scripted Deepgram on loopback: recorded and live speech to text, and the projects of its one key. */
export async function startDeepgram(options: DeepgramOptions): Promise<DeepgramSimulator> {
  const {
    script,
    positionOf = markedPositionMs,
    apiKey = 'simulated-key',
    pathPrefix = '',
  } = options;
  const { maxStreams = 150, maxRequests = 100 } = options;
  const faults = createFaults();
  const requests: OpenRequest[] = [];
  const sockets = new Set<Socket>();
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  let outage: Outage | null = null;
  let openRequests = 0;
  const service: LiveService = {
    script,
    positionOf,
    speed: options.speed ?? 1,
    idleLimitMs: options.idleLimitMs ?? 10_000,
    isSilenced: () => outage === 'silent',
    onSaid: (request, message) => options.onSaid?.(request, message),
  };

  function record(message: IncomingMessage, isUpgrade: boolean): OpenRequest {
    const url = new URL(message.url ?? '/', 'http://localhost');
    const path = url.pathname.startsWith(pathPrefix)
      ? url.pathname.slice(pathPrefix.length)
      : 'outside';
    const request: OpenRequest = {
      kind: kindOf(path, message.method ?? 'GET', isUpgrade),
      method: message.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      authorization: message.headers.authorization ?? '',
      contentType: message.headers['content-type'] ?? '',
      bodyBytes: 0,
      sha256: '',
      status: null,
      stream: null,
    };
    requests.push(request);
    return request;
  }

  /** Why a request is not served; null when it is. */
  function refusal(
    { kind, query, authorization }: OpenRequest,
    message: IncomingMessage,
    fault: DeepgramFault,
    requestId: string,
  ): HttpAnswer | null {
    const refuse = (status: number, why?: string, code?: string): HttpAnswer =>
      refusalAnswer({ status, ...(code !== undefined && { code }) }, requestId, why);
    if (outage === 'unavailable') return refuse(503);
    if (fault.refuses) return refusalAnswer(fault.refuses, requestId);
    if (kind === 'other') return refuse(404);
    const protocols = (message.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
    const isLetIn =
      [`Token ${apiKey}`, `Bearer ${apiKey}`].includes(authorization) || protocols[1] === apiKey;
    if (!isLetIn) return refuse(401, 'Invalid credentials.');
    if (kind === 'projects') return null;
    const mistake = queryMistake(query, kind);
    if (mistake !== null) return refuse(400, mistake, 'INVALID_QUERY_PARAMETER');
    const isFull =
      kind === 'live' ? webSockets.clients.size >= maxStreams : openRequests >= maxRequests;
    return isFull ? refuse(429) : null;
  }

  async function answer(message: IncomingMessage): Promise<void> {
    const request = record(message, false);
    const fault = request.kind === 'other' ? {} : faults.take(request.kind);
    const requestId = randomUUID();
    const outlet = outletOf(message.socket, fault, service.isSilenced);
    if (fault.acceptDelayMs) await sleep(fault.acceptDelayMs);
    const refused = refusal(request, message, fault, requestId);
    openRequests += 1;
    try {
      const body = await bodyOf(message);
      request.bodyBytes = body.length;
      if (body.length > 0) request.sha256 = createHash('sha256').update(body).digest('hex');
      if (fault.answerDelayMs) await sleep(fault.answerDelayMs);
      const reply = refused ?? spoilt(replyTo(request, body, fault, requestId), fault);
      const bytes = answerBytes(reply, requestId, fault);
      await outlet.write(bytes);
      if (fault.duplicates) await outlet.write(bytes);
      await outlet.flush();
      request.status = reply.status;
      if (!fault.silent && outage !== 'silent') message.socket.destroySoon();
    } finally {
      openRequests -= 1;
    }
  }

  function replyTo(
    { kind, query }: OpenRequest,
    body: Uint8Array,
    { clockSkewMs = 0, body: bodyFault }: DeepgramFault,
    requestId: string,
  ): HttpAnswer {
    if (kind === 'projects') {
      return jsonAnswer({ projects: [{ project_id: randomUUID(), name: 'simulated' }] });
    }
    const heard = recordedAnswer(body, {
      script: bodyFault === 'no-words' ? [] : script,
      positionOf,
      settings: recordedSettings(query),
      requestId,
      clockSkewMs,
    });
    if (!heard) {
      const why = 'failed to process audio: corrupt or unsupported data';
      return refusalAnswer({ status: 400 }, requestId, why);
    }
    const callback = query.get('callback');
    if (callback === null) return jsonAnswer(heard);
    void callBack(callback, query.get('callback_method') ?? 'POST', heard);
    return jsonAnswer({ request_id: requestId });
  }

  async function upgrade(message: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const request = record(message, true);
    const fault = request.kind === 'other' ? {} : faults.take(request.kind);
    const requestId = randomUUID();
    if (fault.acceptDelayMs) await sleep(fault.acceptDelayMs);
    if (outage === 'silent') return;
    const refused = refusal(request, message, fault, requestId);
    request.status = refused?.status ?? 101;
    if (refused) {
      await outletOf(socket, fault).write(answerBytes(refused, requestId, fault));
      socket.destroySoon();
      return;
    }
    webSockets.handleUpgrade(message, socket, head, (ws) =>
      serveLive(ws, socket, request, { fault, requestId, service }),
    );
  }

  const server = createServer((message) => {
    // A client that leaves, or is cut off as planned, ends its answer.
    answer(message).catch(() => message.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (outage === 'gone') socket.resetAndDestroy();
  });
  server.on('upgrade', (message, socket, head) => {
    if (!(socket instanceof Socket)) throw new TypeError('not a connection of the network');
    upgrade(message, socket, head).catch(() => socket.destroy());
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}${pathPrefix}`,
    apiKey,
    faults,
    outage(kind) {
      outage = kind;
      if (kind === 'gone') for (const socket of sockets) socket.resetAndDestroy();
      if (kind === 'unavailable') for (const ws of webSockets.clients) ws.close(1011, 'NET-0000');
    },
    requests,
    get openStreams() {
      return webSockets.clients.size;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function kindOf(path: string, method: string, isUpgrade: boolean): RecordedRequest['kind'] {
  if (path === '/v1/listen' && isUpgrade) return 'live';
  if (path === '/v1/listen' && method === 'POST') return 'recorded';
  return path === '/v1/projects' && method === 'GET' && !isUpgrade ? 'projects' : 'other';
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of message) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('request must not be decoded');
    byteCount += chunk.length;
    if (byteCount > maxBodyBytes) throw new Error('request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Tells the result to the address that was given; the vendor tries again, this one does not. */
async function callBack(url: string, method: string, result: object): Promise<void> {
  const headers = { 'content-type': 'application/json', 'dg-token': 'simulated' };
  const signal = AbortSignal.timeout(10_000);
  await fetch(url, { method, headers, signal, body: JSON.stringify(result) }).catch(() => null);
}
