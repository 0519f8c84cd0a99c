import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  ConversationBody,
  ConversationState,
  HealthBody,
  MemoryBody,
} from '@friend-lite/contract';
import { WebSocketServer } from 'ws';

export const account = { email: 'nora@example.com', password: 'correct horse' };
const validToken = 'valid-token';
const clientId = 'abc123-test';

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** Bytes of sound that came, and what else was said on the sockets: types of headers, close codes. */
  readonly heard: { bytes: Buffer; readonly events: (string | number)[] };
  readonly queries: string[];
  /** Conversations of the device, newest first; the first of a list with several is dropped at each look. */
  conversations: ConversationBody[][];
  memories: MemoryBody[];
  health: HealthBody;
  /** Whether sockets are cut when the first sound arrives. */
  isCutting: boolean;
}

/** As much of a server as the command line talks to, on a free port of the loopback interface. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const heard: ScriptedServer['heard'] = { bytes: Buffer.alloc(0), events: [] };
  const script = {
    conversations: [[]] as ConversationBody[][],
    memories: [] as MemoryBody[],
    health: wellHealth,
    isCutting: false,
  };
  const queries: string[] = [];

  const http = createServer((request, response) => {
    void answer(request).then(
      (body) => reply(response, 200, body),
      (error: unknown) => {
        const [status, code] = error instanceof Refusal ? [error.status, error.code] : [500, '500'];
        reply(response, status, { detail: code, code, error: code, message: code });
      },
    );
  });
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/health') return script.health;
    if (url.pathname === '/auth/jwt/login') {
      const form = new URLSearchParams(await textOf(request));
      const isRight =
        form.get('username') === account.email && form.get('password') === account.password;
      if (!isRight) throw new Refusal(400, 'bad_credentials');
      return { access_token: validToken, token_type: 'bearer' };
    }
    if (request.headers.authorization !== `Bearer ${validToken}`) {
      throw new Refusal(401, 'unauthorized');
    }
    if (url.pathname === '/users/me') return me;
    if (url.pathname === '/api/conversations') {
      const [conversations = [], ...later] = script.conversations;
      if (later.length > 0) script.conversations = later;
      return { conversations, total_count: conversations.length };
    }
    if (url.pathname === '/api/memories/search') {
      const query = url.searchParams.get('query') ?? '';
      queries.push(query);
      const results = script.memories.slice(0, Number(url.searchParams.get('limit')));
      return { query, results, count: results.length, user_id: me.id };
    }
    throw new Refusal(404, 'not_found');
  };

  const sockets = new WebSocketServer({ server: http, path: '/ws_pcm' });
  sockets.on('connection', (socket, request) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    heard.events.push(`device ${url.searchParams.get('device_name') ?? 'none'}`);
    socket.on('message', (data, isBinary) => {
      const bytes = Buffer.isBuffer(data) ? data : Buffer.alloc(0);
      if (isBinary) {
        heard.bytes = Buffer.concat([heard.bytes, bytes]);
        if (script.isCutting) socket.terminate();
      } else if (!bytes.includes('audio-chunk')) {
        heard.events.push(/"type":"([^"]+)"/.exec(bytes.toString())?.[1] ?? 'unreadable');
      }
    });
    socket.on('close', (code) => heard.events.push(code));
    socket.send(JSON.stringify({ type: 'ready', message: 'ready', data: { client_id: clientId } }));
  });

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return Object.assign(script, {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    heard,
    queries,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  });
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

const me = {
  id: '5f3a215f3a215f3a215f3a21',
  _id: '5f3a215f3a215f3a215f3a21',
  email: account.email,
  display_name: null,
  is_active: true,
  is_superuser: true,
  is_verified: true,
};

export const wellHealth: HealthBody = {
  status: 'healthy',
  timestamp: 1,
  services: {
    storage: { label: 'Storage', status: '✅ SQLite', healthy: true, critical: true },
  },
  config: { version: '0.1.0' },
  overall_healthy: true,
  critical_services_healthy: true,
  setup_required: false,
};

const done = { state: 'done' as const, detail: null };

/** A conversation of the scripted device. */
export function conversation(id: string, state: ConversationState): ConversationBody {
  return {
    conversation_id: id,
    audio_uuid: id.replaceAll('-', ''),
    client_id: clientId,
    user_id: me.id,
    created_at: '2026-01-01T10:00:00.000Z',
    started_at: '2026-01-01T10:00:00.000Z',
    ended_at: null,
    duration_seconds: 1,
    state,
    close_reason: state === 'closed' ? 'timeout' : null,
    stages: { transcribe: done, extract_memories: done, crop_audio: done },
    title: null,
    summary: null,
    audio_path: 'a.wav',
    cropped_audio_path: null,
    segment_count: 0,
    has_memory: false,
    memory_count: 0,
    coverage: null,
    pinned: false,
  };
}

export function memory(text: string): MemoryBody {
  const at = '2026-01-01T10:00:00.000Z';
  return {
    id: '11111111-1111-4111-8111-111111111111',
    memory: text,
    kind: 'fact',
    user_id: me.id,
    client_id: clientId,
    conversation_id: '22222222-2222-4222-8222-222222222222',
    created_at: at,
    updated_at: at,
    valid_from: at,
    valid_until: null,
    entities: [],
    provenance: {
      conversation_id: '22222222-2222-4222-8222-222222222222',
      transcript_version_id: '33333333-3333-4333-8333-333333333333',
      utterance_ids: [],
      start: 0,
      end: 1,
      started_at: at,
      extractor: 'rules',
      model: null,
      prompt_revision: '1',
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
