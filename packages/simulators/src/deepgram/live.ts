import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Break, DeepgramFault, Noise } from './faults.ts';
import { createListening, type Message } from './listening.ts';
import { liveSettings } from './query.ts';
import { newStream, type OpenRequest } from './recorder.ts';
import type { ScriptedWord } from '../script/index.ts';
import { outletOf, textFrame } from './transport.ts';

export interface LiveService {
  readonly script: readonly ScriptedWord[];
  readonly positionOf: (pcm: Uint8Array) => number | null;
  /** How many times faster than real time the simulated service is; Infinity: as fast as it can. */
  readonly speed: number;
  readonly idleLimitMs: number;
  readonly isSilenced: () => boolean;
  readonly onSaid: (request: OpenRequest, message: Message) => void;
}

/** How much faster than it was spoken sound is heard, and how much may come at once before that counts. */
const pace = 1.25;
const burstMs = 500;
/** Sound that waits to be heard; with more, the connection is not read from until it is less. */
const maxBacklogMs = 5000;
const bytesPerMs = 32;

/** Serves a live session on an open connection to its end. */
export function serveLive(
  ws: WebSocket,
  socket: Socket,
  request: OpenRequest,
  { fault, requestId, service }: LiveCall,
): void {
  const outlet = outletOf(socket, fault, service.isSilenced);
  const listening = createListening({
    ...service,
    settings: liveSettings(request.query),
    quirks: fault,
    requestId,
  });
  const stream = newStream();
  request.stream = stream;
  const waitForTurn = paced(service.speed);
  let backlogMs = 0;
  let isOver = false;
  let sentMessages = 0;
  let finals = 0;
  /** What was received is handled in order, and so is what is to be said; the two do not wait for each other. */
  let handling = Promise.resolve();
  let saying = Promise.resolve();

  const idle = setTimeout(() => {
    isOver = true;
    ws.close(1011, 'NET-0001: neither audio nor text came in time');
  }, service.idleLimitMs);

  const inOrder = (line: Promise<void>, task: () => Promise<void> | void): Promise<void> =>
    line
      .then(() => (isOver ? undefined : task()))
      .catch(() => {
        // The client is gone, or was cut off as planned.
        isOver = true;
      });

  const isStalled = (): boolean => listening.heardMs >= (fault.stallsAfterAudioMs ?? Infinity);

  function say(message: Message): void {
    const delayMs = message.is_final === true ? (fault.finalDelayMs ?? 0) : 0;
    const dueAt = performance.now() + delayMs + (fault.answerDelayMs ?? 0);
    saying = inOrder(saying, async () => {
      const waitMs = dueAt - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      if (!isStalled()) await put(message);
    });
  }

  async function put(message: Message): Promise<void> {
    if (message.type === 'Results') {
      for (const noise of fault.noise ?? []) await outlet.write(textFrame(noiseText(noise)));
    }
    const isGarbled = message.is_final === true && finals === fault.garblesFinal;
    if (message.is_final === true) finals += 1;
    const text = JSON.stringify(message);
    const frame = textFrame(isGarbled ? text.slice(0, text.length / 2) : text);
    await outlet.write(frame);
    if (fault.duplicates) await outlet.write(frame);
    sentMessages += 1;
    service.onSaid(request, message);
    if (sentMessages === fault.breaks?.afterMessages) await breakDown(fault.breaks);
  }

  async function breakDown({ how, error }: Break): Promise<void> {
    isOver = true;
    if (error !== undefined) {
      const message = { type: 'Error', description: error, message: error, variant: 'failure' };
      await outlet.write(textFrame(JSON.stringify(message)));
    }
    await outlet.flush();
    if (how === 'reset') outlet.reset();
    else if (how === 'fin') socket.destroySoon();
    else {
      // The client's answer to the close has to be read.
      ws.resume();
      ws.close(how.code, how.reason);
    }
  }

  async function hear(pcm: Uint8Array): Promise<void> {
    const lengthMs = pcm.length / bytesPerMs;
    await waitForTurn(lengthMs);
    backlogMs -= lengthMs;
    if (ws.isPaused && backlogMs < maxBacklogMs / 2) ws.resume();
    listening.hear(pcm).forEach(say);
    const { breaks } = fault;
    if (breaks?.afterAudioMs !== undefined && listening.heardMs >= breaks.afterAudioMs) {
      saying = inOrder(saying, () => breakDown(breaks));
    }
  }

  function end(): void {
    listening.end().forEach(say);
    saying = inOrder(saying, async () => {
      await outlet.flush();
      if (!fault.silent && !service.isSilenced() && !isStalled()) ws.close(1000);
    });
  }

  function take(text: string): void {
    stream.texts.push(text);
    const type = typeOf(text);
    if (type === 'Finalize') {
      handling = inOrder(handling, () => listening.finalize().forEach(say));
    } else if (type === 'CloseStream') handling = inOrder(handling, end);
  }

  function takeAudio(pcm: Uint8Array): void {
    stream.audioMessages += 1;
    stream.audioBytes += pcm.length;
    stream.largestAudioBytes = Math.max(stream.largestAudioBytes, pcm.length);
    if (isOver) return;
    if (pcm.length === 0) {
      stream.emptyMessages += 1;
      handling = inOrder(handling, end);
      return;
    }
    backlogMs += pcm.length / bytesPerMs;
    if (backlogMs > maxBacklogMs) ws.pause();
    handling = inOrder(handling, () => hear(pcm));
  }

  ws.on('message', (data, isBinary) => {
    idle.refresh();
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from([]);
    if (isBinary) takeAudio(bytes);
    else take(bytes.toString());
  });
  ws.on('close', (code) => {
    isOver = true;
    clearTimeout(idle);
    stream.closeCode = code;
  });
  ws.on('error', () => undefined);
  if (fault.metadataAtOpen) {
    say({ type: 'Metadata', transaction_key: 'deprecated', request_id: requestId, channels: 1 });
  }
}

interface LiveCall {
  readonly fault: DeepgramFault;
  readonly requestId: string;
  readonly service: LiveService;
}

/** Makes sound wait that comes faster than the service hears, but for a burst. */
function paced(speed: number): (audioMs: number) => Promise<void> {
  let freeAt = 0;
  return async (audioMs) => {
    if (speed === Infinity) return;
    const now = performance.now();
    freeAt = Math.max(now, freeAt) + audioMs / (pace * speed);
    const waitMs = freeAt - now - burstMs / speed;
    if (waitMs > 1) await sleep(waitMs);
  };
}

function noiseText(noise: Noise): string {
  const channel = [0, 1];
  switch (noise) {
    case 'unknown-type':
      return JSON.stringify({ type: 'Weather', channel });
    case 'not-json':
      return 'Bad Gateway';
    case 'wrong-shape':
      return JSON.stringify({ type: 'Results', channel });
    case 'speech-started':
      return JSON.stringify({ type: 'SpeechStarted', channel, timestamp: 0 });
    case 'utterance-end':
      return JSON.stringify({ type: 'UtteranceEnd', channel, last_word_end: 0 });
    case 'other-channel': {
      const word = { word: 'elsewhere', start: 0, end: 0.5, confidence: 1 };
      const alternatives = [{ transcript: 'elsewhere', confidence: 1, words: [word] }];
      const times = { channel_index: [1, 2], start: 0, duration: 1, is_final: true };
      return JSON.stringify({ type: 'Results', ...times, channel: { alternatives } });
    }
  }
}

function typeOf(text: string): unknown {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && 'type' in message
      ? message.type
      : null;
  } catch {
    return null;
  }
}
