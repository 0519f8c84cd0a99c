import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import {
  errorMessage,
  errorSpec,
  healthSchema,
  liveEventSchema,
  setupRequestSchema,
  setupStatusSchema,
  userSchema,
  type ErrorCode,
  type LiveEvent,
} from '@friend-lite/contract';
import { read } from './answers.ts';
import {
  conversationOfUpload,
  createFixtures,
  type Conversation,
  type Fixtures,
} from './fixtures.ts';
import { createImports, type Imports } from './imports.ts';
import { keep } from './keeping.ts';
import { createWav, sendRange } from './sound.ts';

interface FakeServerOptions {
  /** 0 for any. */
  readonly port?: number;
  /** Whether it still waits for its administrator; the setup token is `setup-token`. */
  readonly isSetupRequired?: boolean;
  /** Whether there is anything yet. */
  readonly isEmpty?: boolean;
}

export interface FakeServer {
  readonly url: string;
  /** Paths asked for and answered with an error, e.g. `500 GET /api/memories`. */
  readonly failures: readonly string[];
  /** From now on the session is over, as when the cookie ran out. */
  endSession(): void;
  /** Answers this path with 500 until told otherwise. */
  breakPath(path: string | null): void;
  stop(): Promise<void>;
}

/** The account that may sign in, where none is set up. */
export const account = { email: 'nora@example.com', password: 'correct horse' };

const cookieName = 'fastapiusersauth';
const levelEveryMs = 100;
const dist = join(import.meta.dirname, '../dist');
/** As strict as the real server's. */
const securityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * A server with fixtures instead of a life behind it: real HTTP and events on 127.0.0.1, every answer
 * checked against the contract. It serves the built dashboard under the strict policy.
 */
export async function startFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const fixtures = createFixtures(Date.now());
  if (options.isEmpty) {
    fixtures.conversations.length = 0;
    fixtures.devices.length = 0;
  }
  const state: State = {
    fixtures,
    account,
    isSetupRequired: options.isSetupRequired ?? false,
    session: null,
    broken: null,
    failures: [],
    streams: new Set(),
    events: [],
    imports: createImports((file) => {
      const conversation = conversationOfUpload(file);
      fixtures.conversations.unshift(conversation);
      publish(state, {
        type: 'conversation',
        conversation_id: conversation.conversation_id,
        client_id: conversation.client_id,
        state: conversation.state,
      });
    }),
  };
  const timer = setInterval(() => publishLevels(state), levelEveryMs);
  const server = createServer((request, response) => {
    answer(state, request, response).catch((error: unknown) => {
      console.error(error);
      sendError(state, request, response, 'internal');
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    failures: state.failures,
    endSession() {
      state.session = null;
    },
    breakPath(path) {
      state.broken = path;
    },
    async stop() {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface State {
  readonly fixtures: Fixtures;
  account: { readonly email: string; readonly password: string };
  isSetupRequired: boolean;
  session: string | null;
  broken: string | null;
  readonly failures: string[];
  readonly streams: Set<ServerResponse>;
  /** Those that resuming replays; levels are not kept. */
  readonly events: { readonly id: number; readonly event: LiveEvent }[];
  readonly imports: Imports;
}

async function answer(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const route = `${request.method ?? 'GET'} ${url.pathname}`;
  const refusal = refusalOf(state, request, url.pathname, route);

  if (refusal) {
    sendError(state, request, response, refusal);
  } else if (!isServerPath(url.pathname)) {
    await sendPage(url.pathname, response);
  } else if (route === 'GET /health') {
    sendJson(response, healthSchema.parse(state.fixtures.health));
  } else if (route === 'GET /api/setup') {
    sendJson(response, setupStatusSchema.parse({ setup_required: state.isSetupRequired }));
  } else if (route === 'POST /api/setup') {
    await setUp(state, request, response);
  } else if (route === 'POST /auth/cookie/login') {
    await signIn(state, request, response);
  } else if (route === 'POST /auth/cookie/logout') {
    state.session = null;
    response.writeHead(204, { 'set-cookie': `${cookieName}=; Max-Age=0; Path=/` }).end();
  } else if (route === 'GET /users/me') {
    sendJson(response, userSchema.parse(state.fixtures.user));
  } else if (route === 'GET /api/events') {
    openStream(state, request, response);
  } else if (url.pathname.startsWith('/audio/')) {
    sendSound(state, decodeURIComponent(url.pathname.slice(7)), request, response);
  } else if (route === 'POST /api/audio/upload') {
    const contentType = request.headers['content-type'] ?? '';
    sendJson(response, await state.imports.take(contentType, await bytesOf(request)));
  } else if (route.startsWith('GET /api/queue/jobs/')) {
    const job = state.imports.find(url.pathname.slice('/api/queue/jobs/'.length));
    if (job === null) sendError(state, request, response, 'job_not_found');
    else sendJson(response, job);
  } else {
    const kept = keep(state.fixtures, route, await bodyOf(request));
    const body =
      kept ?? read(state.fixtures, route, url.searchParams, (event) => publish(state, event));
    if (body === null) sendError(state, request, response, 'not_found');
    else sendJson(response, body);
  }
}

/** What is not a page of the dashboard. */
function isServerPath(path: string): boolean {
  return path === '/health' || /^\/(api|auth|users|audio)\//.test(path);
}

/** Why a request is not even looked at; null when it is. */
function refusalOf(
  state: State,
  request: IncomingMessage,
  path: string,
  route: string,
): ErrorCode | null {
  if (path === state.broken) return 'internal';
  if (!isServerPath(path) || path === '/health' || path === '/api/setup') return null;
  if (state.isSetupRequired) return 'setup_required';
  return route === 'POST /auth/cookie/login' || isSignedIn(state, request) ? null : 'unauthorized';
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function setUp(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = setupRequestSchema.parse(JSON.parse(await bodyOf(request)));
  if (!state.isSetupRequired || body.token !== 'setup-token') {
    sendError(state, request, response, 'setup_link_invalid');
    return;
  }
  state.isSetupRequired = false;
  state.account = { email: body.email, password: body.password };
  response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
}

async function signIn(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = new URLSearchParams(await bodyOf(request));
  if (
    form.get('username') !== state.account.email ||
    form.get('password') !== state.account.password
  ) {
    sendError(state, request, response, 'bad_credentials');
    return;
  }
  state.session = crypto.randomUUID();
  response
    .writeHead(204, {
      'set-cookie': `${cookieName}=${state.session}; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600`,
    })
    .end();
}

function isSignedIn(state: State, request: IncomingMessage): boolean {
  return (
    state.session !== null &&
    (request.headers.cookie ?? '').split('; ').includes(`${cookieName}=${state.session}`)
  );
}

function openStream(state: State, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': here\n\n');
  const lastId = Number(request.headers['last-event-id'] ?? Number.NaN);
  for (const { id, event } of state.events) if (id > lastId) write(response, id, event);
  state.streams.add(response);
  response.on('close', () => state.streams.delete(response));
}

let lastEventId = 0;

function publish({ events, streams }: State, event: LiveEvent): void {
  const id = ++lastEventId;
  if (event.type !== 'level') events.push({ id, event });
  for (const stream of streams) write(stream, id, event);
}

function write(stream: ServerResponse, id: number, event: LiveEvent): void {
  stream.write(
    `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(liveEventSchema.parse(event))}\n\n`,
  );
}

/** Four seconds of speech, two of silence, and so on, on every connected device. */
function publishLevels(state: State): void {
  const time = Date.now() / 1000;
  const isSpeech = time % 6 < 4;
  const swing = Math.abs(Math.sin(time * 7.3) * Math.cos(time * 2.1)) * 24;
  for (const device of state.fixtures.devices.filter(({ connected }) => connected)) {
    publish(state, {
      type: 'level',
      client_id: device.client_id,
      db: isSpeech ? -34 + swing : -58 + swing / 6,
      is_speech: isSpeech,
    });
  }
}

const sounds = new Map<string, Buffer>();

function sendSound(
  state: State,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { conversations } = state.fixtures;
  const isOf = (item: Conversation) => item.audio_path === name || item.cropped_audio_path === name;
  const conversation = conversations.find(isOf);
  if (!conversation) {
    sendError(state, request, response, 'not_found');
    return;
  }
  let sound = sounds.get(name);
  if (!sound) {
    sound = soundOf(conversation, name === conversation.cropped_audio_path);
    sounds.set(name, sound);
  }
  sendRange(response, sound, request.headers.range);
}

function soundOf(conversation: Conversation, isCropped: boolean): Buffer {
  const { duration_seconds: duration, segments, cropped_segments: kept = [] } = conversation;
  if (!isCropped) return createWav(duration, segments);
  const length = kept.reduce((total, { start, end }) => total + end - start, 0);
  return createWav(length, [{ start: 0, end: length }]);
}

async function sendPage(path: string, response: ServerResponse): Promise<void> {
  const isAsset = path.startsWith('/assets/') && !path.includes('..');
  const file = join(dist, isAsset ? path : 'index.html');
  const content = await readFile(file).catch(() => null);
  if (!content) {
    response.writeHead(404).end();
    return;
  }
  response
    .writeHead(200, {
      'content-type': contentTypes[extname(file)] ?? 'text/html; charset=utf-8',
      'content-security-policy': securityPolicy,
      'x-content-type-options': 'nosniff',
    })
    .end(content);
}

function sendError(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  code: ErrorCode,
): void {
  const { status } = errorSpec(code);
  const message = errorMessage(code);
  state.failures.push(`${status} ${request.method ?? ''} ${request.url ?? ''}`);
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ detail: message, code, error: message, message }));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return (await bytesOf(request)).toString();
}

async function bytesOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
