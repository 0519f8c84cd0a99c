import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startDeepgram, type DeepgramSimulator } from './index.ts';
import { markSound, type ScriptedWord } from '../script/index.ts';

const script: readonly ScriptedWord[] = ['one', 'two', 'three', 'four'].map((word, index) => ({
  word,
  startMs: 1000 * index + 200,
  endMs: 1000 * index + 700,
  speaker: 'ada',
}));
const sound = markSound(new Uint8Array(5000 * 32), 0);
const liveQuery = 'model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true';

let service: DeepgramSimulator;
const start = async (options: Partial<Parameters<typeof startDeepgram>[0]> = {}) => {
  service = await startDeepgram({ script, speed: Infinity, ...options });
};
afterEach(() => service.close());

const post = (query: string, authorization = `Token ${service.apiKey}`) =>
  fetch(`${service.url}/v1/listen?${query}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'audio/raw' },
    body: Buffer.from(sound),
  });

interface Session {
  readonly socket: WebSocket;
  readonly messages: { readonly type: string; readonly [field: string]: unknown }[];
  /** With a close code and reason, or the status and `dg-error` of a refused upgrade. */
  readonly ended: Promise<readonly [number, string]>;
}

/** Resolves once it is open or refused. */
async function connect(query = liveQuery, authorization = `Token ${service.apiKey}`) {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/v1/listen?${query}`, {
    headers: { authorization },
  });
  const messages: Session['messages'] = [];
  socket.on('message', (data: Buffer) =>
    messages.push(JSON.parse(data.toString()) as Session['messages'][number]),
  );
  const ended = new Promise<readonly [number, string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, reason.toString()]));
    socket.on('unexpected-response', (_request, { statusCode = 0, headers }) =>
      resolve([statusCode, String(headers['dg-error'])]),
    );
  });
  await Promise.race([ended, new Promise((resolve) => socket.once('open', resolve))]);
  return { socket, messages, ended } satisfies Session;
}

const finalWords = ({ messages }: Session): readonly string[] =>
  messages
    .filter(({ is_final }) => is_final === true)
    .flatMap(({ channel }) => {
      const { alternatives } = channel as { alternatives: { words: { word: string }[] }[] };
      return alternatives[0]!.words.map(({ word }) => word);
    });

it('lets in who has its key, and says why not to all others', async () => {
  await start();
  expect((await post('model=nova-3')).status).toBe(200);
  const refused = await post('model=nova-3', 'Token wrong');
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ err_code: 'INVALID_AUTH' });
  expect(await (await connect(liveQuery, 'Basic wrong')).ended).toEqual([401, 'INVALID_AUTH']);
});

it.each([
  'model=nova-3&intrim_results=true',
  'model=nova-3&punctuate=yes',
  'model=nova-2&keyterm=Ada',
  'model=nova-3&model=nova-2',
])('refuses %s', async (query) => {
  await start();
  const answer = await post(query);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ err_code: 'INVALID_QUERY_PARAMETER' });
});

it.each([
  'model=nova-3&encoding=linear16',
  'model=nova-3&utterance_end_ms=1000',
  `${liveQuery}&utterance_end_ms=500`,
  `${liveQuery}&utterances=true`,
])('refuses to hear %s live', async (query) => {
  await start();
  expect(await (await connect(query)).ended).toEqual([400, 'INVALID_QUERY_PARAMETER']);
});

it('refuses one session more than it serves', async () => {
  await start({ maxStreams: 1 });
  const first = await connect();
  expect(await (await connect()).ended).toEqual([429, 'TOO_MANY_REQUESTS']);
  first.socket.terminate();
});

it('closes a session that hears nothing, unless it is kept alive', async () => {
  await start({ idleLimitMs: 100 });
  const session = await connect();
  const timer = setInterval(() => session.socket.send('{"type":"KeepAlive"}'), 20);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(session.socket.readyState).toBe(WebSocket.OPEN);
  clearInterval(timer);
  const [code, reason] = await session.ended;
  expect([code, reason]).toEqual([1011, expect.stringContaining('NET-0001')]);
});

it('takes an empty message for the end, and says the rest before it closes', async () => {
  await start();
  const session = await connect();
  session.socket.send(sound);
  session.socket.send(new Uint8Array(0));
  expect(await session.ended).toEqual([1000, '']);
  expect(finalWords(session)).toEqual(['one', 'two', 'three', 'four']);
  expect(session.messages.at(-1)).toMatchObject({ type: 'Metadata', duration: 5 });
});

it('begins each session at 0, and hears sound that is sent again where it was said', async () => {
  await start();
  for (const fromMs of [0, 2000]) {
    const session = await connect();
    session.socket.send(sound.subarray(fromMs * 32));
    session.socket.send('{"type":"CloseStream"}');
    await session.ended;
    expect(finalWords(session)).toEqual(script.slice(fromMs / 1000).map(({ word }) => word));
    expect(session.messages[0]).toMatchObject({ start: 0 });
  }
});

it('makes final what it heard when it is told to', async () => {
  await start();
  const session = await connect();
  session.socket.send(sound.subarray(0, 800 * 32));
  session.socket.send('{"type":"Finalize"}');
  await expect
    .poll(() => session.messages)
    .toContainEqual(expect.objectContaining({ is_final: true, from_finalize: true }));
  expect(finalWords(session)).toEqual(['one']);
  session.socket.terminate();
});

it('stands behind a path, as a proxy would have it', async () => {
  await start({ pathPrefix: '/deepgram' });
  expect((await post('model=nova-3')).status).toBe(200);
  expect((await fetch(new URL('/v1/listen', service.url), { method: 'POST' })).status).toBe(404);
});
