import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { byteOffset, speechFormat } from '../../audio/index.ts';
import { connectionFailed, type Clock, type ProviderError } from '../../base/index.ts';
import { closedEarly, provider, refusalOf, refused, type Refusal } from './failures.ts';

const connectLimitMs = 5_000;
/** The service closes when it gets nothing for 10 s. */
const keepAliveMs = 4_000;
/** The longest piece that the service wants in one message. */
const maxAudioBytes = byteOffset(speechFormat, 250);
const maxMessageBytes = 4 * 1024 * 1024;

/** What the service takes as text. */
export type Control = 'Finalize' | 'CloseStream';

/** How a connection ended. */
export interface SocketEnd {
  readonly failure: ProviderError;
  /** When it was not let in. */
  readonly refusal: Refusal | null;
}

export interface LiveSocketListener {
  onText(text: string): void;
  /** Once, unless `terminate` was called. Nothing follows. */
  onEnd(end: SocketEnd): void;
}

/** A connection on its way or open. What is sent before it is open waits and goes out in order. */
export interface LiveSocket {
  /** Sent and not handed to the network yet, the framing of what waits included. */
  readonly waitingBytes: number;
  sendAudio(pcm: Uint8Array): void;
  sendControl(control: Control): void;
  /** Ends it at once; nothing is reported any more. Idempotent. */
  terminate(): void;
}

/** Connects; never throws. While nothing is sent over the open connection, it is kept alive. */
export function openLiveSocket(
  url: URL,
  {
    headers,
    clock,
    listener,
  }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly clock: Clock;
    readonly listener: LiveSocketListener;
  },
): LiveSocket {
  const socket = new WebSocket(url, {
    headers,
    // Sound does not shrink, and text is short.
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  /** What waits for the connection; null once it is there. Who sends watches `waitingBytes`. */
  let unsent: (string | Uint8Array)[] | null = [];
  let unsentBytes = 0;
  let lastSentAt = 0;
  let hasEnded = false;
  let cancelTimer = clock.after(connectLimitMs, () =>
    end(connectionFailed(provider, new DOMException('no connection in time', 'TimeoutError'))),
  );

  function end(failure: ProviderError, refusal: Refusal | null = null): void {
    if (hasEnded) return;
    stop();
    listener.onEnd({ failure, refusal });
  }

  function stop(): void {
    hasEnded = true;
    cancelTimer();
    unsent = null;
    unsentBytes = 0;
    socket.terminate();
  }

  function put(message: string | Uint8Array): void {
    if (hasEnded) return;
    if (unsent) {
      unsent.push(message);
      if (typeof message !== 'string') unsentBytes += message.length;
      return;
    }
    lastSentAt = clock.monotonic();
    // Whether it got out shows in the end of the connection; the callback keeps `ws` from throwing.
    socket.send(message, () => undefined);
  }

  /** One timer, moved on when it rings, instead of one for every message. */
  function keepAlive(): void {
    const idleMs = clock.monotonic() - lastSentAt;
    if (idleMs >= keepAliveMs) put(JSON.stringify({ type: 'KeepAlive' }));
    const dueMs = idleMs >= keepAliveMs ? keepAliveMs : keepAliveMs - idleMs;
    cancelTimer = clock.after(dueMs, keepAlive);
  }

  socket.on('open', () => {
    if (hasEnded) return;
    cancelTimer();
    const waiting = unsent ?? [];
    unsent = null;
    unsentBytes = 0;
    waiting.forEach(put);
    keepAlive();
  });
  socket.on('message', (data, isBinary) => {
    if (!hasEnded && !isBinary) listener.onText(textOf(data));
  });
  socket.on('unexpected-response', (_request, response) => {
    const refusal = refusalOfUpgrade(response);
    end(refused(refusal), refusal);
  });
  socket.on('error', (error) => {
    // A broken connection, or a peer that does not speak the protocol, closes next; one that never was does not.
    if (socket.readyState === WebSocket.CONNECTING) end(connectionFailed(provider, error));
  });
  socket.on('close', (code, reason) => end(closedEarly(code, reason.toString())));

  return {
    get waitingBytes() {
      return hasEnded ? 0 : unsentBytes + socket.bufferedAmount;
    },
    sendAudio(pcm) {
      // No empty message: the service would take it for the end.
      for (let at = 0; at < pcm.length; at += maxAudioBytes) {
        put(pcm.subarray(at, at + maxAudioBytes));
      }
    },
    sendControl(control) {
      put(JSON.stringify({ type: control }));
    },
    terminate() {
      if (!hasEnded) stop();
    },
  };
}

function refusalOfUpgrade(response: IncomingMessage): Refusal {
  const get = (name: string): string | null => {
    const value = response.headers[name];
    return typeof value === 'string' ? value : null;
  };
  response.resume();
  return refusalOf(response.statusCode ?? 0, { get }, '');
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString();
}
