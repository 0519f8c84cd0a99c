import { createServer, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { WyomingFaults } from './faults.ts';
import { messageReader, writeMessage, type JsonObject, type WyomingMessage } from './wire.ts';

/** What a client said between `audio-start` and `audio-stop`. */
export interface HeardSpeech {
  /** Interleaved little-endian samples, as sent. */
  readonly pcm: Uint8Array;
  readonly sampleRateHz: number;
  /** Bytes of a sample. */
  readonly width: number;
  readonly channels: number;
}

/** The text of some speech; empty when there are no words. Throwing makes the server send an `error` event. */
export type Recognise = (speech: HeardSpeech, signal: AbortSignal) => Promise<string>;

export interface WyomingServerOptions {
  readonly recognise: Recognise;
  /** Name of the model that `info` tells. */
  readonly model?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** The same for every connection, or decided for each: 0, 1, 2 … in the order in which they come. */
  readonly faults?: WyomingFaults | ((connection: number) => WyomingFaults);
}

export interface WyomingServer {
  readonly port: number;
  /** `tcp://host:port` */
  readonly uri: string;
  /** Connections taken so far. */
  readonly connectionCount: number;
  /** Stops listening, breaks every connection and waits for what still runs. */
  close(): Promise<void>;
}

/** Longest speech taken: 10 minutes of 16 kHz mono. A client that sends more is cut off. */
const maxSpeechBytes = 10 * 60 * 32_000;

/** Starts a Wyoming speech recognition server on TCP. */
export async function startWyomingServer(options: WyomingServerOptions): Promise<WyomingServer> {
  const { recognise, model = 'simulated', port = 0, host = '127.0.0.1', faults = {} } = options;
  const closing = new AbortController();
  const open = new Map<Socket, Promise<void>>();
  let connectionCount = 0;

  const server = createServer({ noDelay: true }, (socket) => {
    const ofConnection = typeof faults === 'function' ? faults(connectionCount) : faults;
    connectionCount += 1;
    const served = serve(socket, {
      recognise,
      model,
      faults: ofConnection,
      signal: closing.signal,
    });
    open.set(socket, served);
    void served.finally(() => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');

  return {
    port: address.port,
    uri: `tcp://${host}:${address.port}`,
    get connectionCount() {
      return connectionCount;
    },
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open.keys()) socket.destroy();
      await Promise.all([...open.values(), closed]);
    },
  };
}

interface Service {
  readonly recognise: Recognise;
  readonly model: string;
  readonly faults: WyomingFaults;
  readonly signal: AbortSignal;
}

/** Serves one connection to its end. A connection that breaks or breaks the protocol is closed, no more. */
async function serve(socket: Socket, service: Service): Promise<void> {
  const { faults } = service;
  const gone = new AbortController();
  socket.on('error', () => undefined);
  socket.on('close', () => gone.abort());
  const signal = AbortSignal.any([service.signal, gone.signal]);
  try {
    if (faults.drops === 'at-connect') return;
    if (faults.readDelayMs) await setTimeout(faults.readDelayMs, undefined, { signal });
    const reply = replier(socket, faults, signal);
    const hear = listener({ ...service, signal }, reply);
    let messages: WyomingMessage[] = [];
    const read = messageReader((message) => messages.push(message));
    for await (const chunk of socket) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('socket must not decode text');
      read(chunk);
      const arrived = messages;
      messages = [];
      for (const message of arrived) {
        if ((await hear(message)) === 'close') return;
      }
    }
  } catch {
    // The client sees the connection close, as from a real server whose handler fails.
  } finally {
    socket.destroySoon();
  }
}

type Reply = (type: string, data?: JsonObject) => Promise<void>;

function replier(socket: Socket, faults: WyomingFaults, signal: AbortSignal): Reply {
  const { dataStyle = 'out-of-line', dribbles, neverAnswers } = faults;
  return async (type, data = {}) => {
    if (neverAnswers) return;
    const isTranscript = type === 'transcript';
    const bytes =
      isTranscript && faults.garbage
        ? Buffer.from('this is no message\n')
        : writeMessage(type, data, dataStyle);
    const isCutShort = isTranscript && faults.drops === 'mid-transcript';
    const sent = isCutShort ? bytes.subarray(0, bytes.length - 3) : bytes;
    if (!dribbles) socket.write(sent);
    else {
      for (const byte of sent) {
        socket.write(Uint8Array.of(byte));
        await setImmediate(undefined, { signal });
      }
    }
    if (isCutShort) throw new Error('dropped in the middle of the transcript');
  };
}

/** What the server does about each message; holds the speech of the connection. */
function listener(
  service: Service,
  reply: Reply,
): (message: WyomingMessage) => Promise<'close' | 'stay'> {
  const { faults } = service;
  let pieces: Uint8Array[] = [];
  let byteCount = 0;
  let format = { sampleRateHz: 16_000, width: 2, channels: 1 };

  return async ({ type, data, payload }) => {
    switch (type) {
      case 'describe':
        await reply('info', faults.info ?? infoOf(service.model));
        return 'stay';
      case 'audio-start':
        pieces = [];
        byteCount = 0;
        return 'stay';
      case 'audio-chunk':
        format = formatOf(data);
        if (faults.drops === 'mid-audio' && byteCount > 0) return 'close';
        if (faults.partials && byteCount === 0) {
          await reply('transcript-start');
          await reply('transcript', { text: 'not final', final: false });
        }
        pieces.push(payload);
        byteCount += payload.length;
        return byteCount > maxSpeechBytes ? 'close' : 'stay';
      case 'audio-stop':
        return answer(service, reply, { pcm: Buffer.concat(pieces), ...format });
      default:
        return 'stay';
    }
  };
}

async function answer(
  { recognise, faults, signal }: Service,
  reply: Reply,
  speech: HeardSpeech,
): Promise<'close' | 'stay'> {
  if (faults.replyDelayMs) await setTimeout(faults.replyDelayMs, undefined, { signal });
  if (faults.drops === 'before-transcript') return 'close';
  if (faults.error) {
    await reply('error', { ...faults.error });
    return 'stay';
  }
  let text: string;
  try {
    text = await recognise(speech, signal);
  } catch {
    await reply('error', { text: 'recognition failed', code: 'recognition-failed' });
    return 'stay';
  }
  for (const line of faults.cutsByItself ? text.split('\n') : [text]) {
    if (faults.cutsByItself) {
      await reply('voice-started');
      await reply('voice-stopped');
    }
    if (faults.partials) await reply('transcript-chunk', { text: line });
    await reply('transcript', { text: line });
    if (faults.partials) await reply('transcript-stop');
  }
  return faults.closesAfterTranscript ? 'close' : 'stay';
}

function formatOf(data: JsonObject): { sampleRateHz: number; width: number; channels: number } {
  const { rate, width, channels } = data;
  if (typeof rate !== 'number' || typeof width !== 'number' || typeof channels !== 'number') {
    throw new Error('audio-chunk without its format');
  }
  return { sampleRateHz: rate, width, channels };
}

function infoOf(model: string): JsonObject {
  const attribution = { name: 'Friend-Lite', url: 'https://github.com/AnkushMalaker/friend-lite' };
  const about = { attribution, installed: true, description: null, version: null };
  const models = [{ name: model, languages: ['en'], ...about }];
  return {
    asr: [{ name: 'friend-lite-simulator', models, ...about }],
    tts: [],
    handle: [],
    intent: [],
    wake: [],
    mic: [],
    snd: [],
  };
}
