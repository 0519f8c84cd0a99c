import {
  errorRegistry,
  maxSocketMessageBytes,
  type ErrorCode,
  type SocketHeader,
} from '@friend-lite/contract';
import { ApiError, clientError } from './errors.ts';
import { parseServerMessage } from './server-message.ts';

/** Interleaved signed little-endian PCM. */
export interface PcmFormat {
  readonly sampleRateHz: number;
  readonly bytesPerSample: number;
  readonly channels: number;
}

/** The part of a WebSocket that is used; the platform's own and the `ws` package's both fit. */
interface AudioSocket {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** Only where the connection can be cut without a word, as by a lost network (`ws` can). */
  terminate?(): void;
  onopen: unknown;
  onmessage: unknown;
  onerror: unknown;
  onclose: unknown;
}

export interface AudioStreamOptions {
  /** Where the server answers, `http:` or `https:`. */
  readonly baseUrl: string;
  readonly token: string;
  readonly deviceName: string;
  /** 16 kHz, 16-bit, mono by default; the only one raw framing can carry. */
  readonly format?: PcmFormat;
  /** `json`: events that announce each payload; `raw`: bare payloads, as older devices send. */
  readonly framing?: 'json' | 'raw';
  /** Aborts the stream, uncleanly, whenever it aborts. */
  readonly signal?: AbortSignal;
  /** Errors after which the connection goes on, e.g. a refused frame. */
  readonly onError?: (error: ApiError) => void;
  /** Makes the socket; the platform's WebSocket by default. */
  readonly connect?: (url: string) => AudioSocket;
}

/** How the connection ended. `error` is the server's typed reason, when it gave one. */
export interface StreamEnd {
  readonly code: number;
  readonly reason: string;
  readonly error: ApiError | null;
}

export interface AudioStream {
  /** As the server named this device; null when it did not say. */
  readonly clientId: string | null;
  /** Resolves, and never rejects, when the connection is gone. */
  readonly ended: Promise<StreamEnd>;
  /**
   * Sends whole samples, with `audio-start` before the first ones. Resolves when less than 256 KiB wait
   * to be sent, so a caller that awaits it holds no more than that in memory.
   *
   * @throws ApiError when the connection has ended, or the network takes nothing for 30 s (`timeout`).
   */
  send(pcm: Uint8Array): Promise<void>;
  /** Says that the sound ends here (`audio-stop`), a hard boundary; sound sent later starts anew. Raw framing has no such word: there `close` says it. */
  stop(): void;
  /** Ends cleanly: what was sent arrives first. */
  close(): Promise<StreamEnd>;
  /** Ends as a lost device does: without a clean close, dropping what was not sent yet where that can be done. */
  abort(): void;
}

const speechFormat: PcmFormat = { sampleRateHz: 16_000, bytesPerSample: 2, channels: 1 };
const openTimeoutMs = 15_000;
const closeTimeoutMs = 10_000;
const stallTimeoutMs = 30_000;
const highWaterBytes = 256 * 1024;
const frameLimitBytes = Math.min(64 * 1024, maxSocketMessageBytes);
/** Sockets tell nobody when their buffer empties; it is looked at this often. */
const drainPollMs = 10;
/** A close that is not clean, in the range a program may use. */
const abortedCode = 4000;
const openState = 1;

/**
 * Opens an audio stream to `/ws_pcm` and resolves once the server has accepted it.
 *
 * @throws ApiError with the server's code when it refuses (`authentication_failed`, `setup_required`, …),
 *   `network` when it cannot be reached, `timeout` after 15 s; the signal's reason when aborted.
 */
export async function openAudioStream(options: AudioStreamOptions): Promise<AudioStream> {
  const { signal, framing = 'json', format = speechFormat } = options;
  signal?.throwIfAborted();
  const connect = options.connect ?? ((url: string): AudioSocket => new WebSocket(url));
  const socket = connect(streamUrl(options));
  socket.binaryType = 'arraybuffer';

  const ready = Promise.withResolvers<string | null>();
  const end = Promise.withResolvers<StreamEnd>();
  let endedBy: StreamEnd | null = null;
  let lastError: ApiError | null = null;
  let isReady = false;

  socket.onmessage = (event: { readonly data: unknown }) => {
    const message = parseServerMessage(event.data);
    if (message?.type === 'ready') {
      isReady = true;
      ready.resolve(message.clientId);
    } else if (message?.type === 'error') {
      lastError = socketError(message.code, message.message, message.number);
      if (isReady) options.onError?.(lastError);
    }
  };
  // What follows an error is always a close, and that carries the reason.
  socket.onerror = () => undefined;
  socket.onclose = (event: { readonly code: number; readonly reason: string }) => {
    signal?.removeEventListener('abort', abort);
    const error = event.code === 1000 ? null : lastError;
    endedBy = { code: event.code, reason: event.reason, error };
    end.resolve(endedBy);
    ready.reject(lastError ?? clientError('network', 'The server cannot be reached'));
  };
  function abort(): void {
    if (socket.terminate) socket.terminate();
    else socket.close(abortedCode, 'aborted');
  }
  signal?.addEventListener('abort', abort, { once: true });

  const clientId = await whenReady(ready.promise, abort, signal);
  const sender = createSender(socket, framing, format, () => endedBy);
  return {
    clientId,
    ended: end.promise,
    send: (pcm) => sender.send(pcm),
    stop: () => sender.stop(),
    async close() {
      socket.close(1000, 'done');
      const late = setTimeout(abort, closeTimeoutMs);
      try {
        return await end.promise;
      } finally {
        clearTimeout(late);
      }
    },
    abort,
  };
}

async function whenReady(
  ready: Promise<string | null>,
  abort: () => void,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const timeout = AbortSignal.timeout(openTimeoutMs);
  timeout.addEventListener('abort', abort, { once: true });
  try {
    return await ready;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (timeout.aborted) {
      throw clientError('timeout', 'The server did not accept the stream in time', error);
    }
    throw error;
  } finally {
    timeout.removeEventListener('abort', abort);
  }
}

function createSender(
  socket: AudioSocket,
  framing: 'json' | 'raw',
  format: PcmFormat,
  endedBy: () => StreamEnd | null,
): Pick<AudioStream, 'send' | 'stop'> {
  const data = {
    rate: format.sampleRateHz,
    width: format.bytesPerSample,
    channels: format.channels,
  };
  const sampleBytes = format.bytesPerSample * format.channels;
  const frameBytes = Math.floor(frameLimitBytes / sampleBytes) * sampleBytes;
  let isStarted = false;

  const announce = (header: SocketHeader): void => {
    if (framing === 'json') socket.send(JSON.stringify(header));
  };
  const drain = async (): Promise<void> => {
    const deadline = performance.now() + stallTimeoutMs;
    while (socket.bufferedAmount > highWaterBytes && socket.readyState === openState) {
      if (performance.now() > deadline) {
        throw clientError('timeout', 'The network takes no more sound');
      }
      await new Promise((resolve) => setTimeout(resolve, drainPollMs));
    }
  };

  return {
    async send(pcm) {
      for (let start = 0; start < pcm.length; start += frameBytes) {
        if (socket.readyState !== openState) throw endError(endedBy());
        if (!isStarted) announce({ type: 'audio-start', data, payload_length: null });
        isStarted = true;
        // Copied: the caller may use its buffer again at once.
        const payload = new Uint8Array(pcm.subarray(start, start + frameBytes));
        announce({ type: 'audio-chunk', data, payload_length: payload.length });
        socket.send(payload);
        await drain();
      }
    },
    stop() {
      if (!isStarted || socket.readyState !== openState) return;
      announce({ type: 'audio-stop', data: {}, payload_length: null });
      isStarted = false;
    },
  };
}

function streamUrl({ baseUrl, token, deviceName }: AudioStreamOptions): string {
  const url = new URL('/ws_pcm', baseUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = new URLSearchParams({ token, device_name: deviceName }).toString();
  return url.href;
}

function socketError(code: string, message: string, number: number): ApiError {
  const isKnown = (text: string): text is ErrorCode => Object.hasOwn(errorRegistry, text);
  return new ApiError(isKnown(code) ? errorRegistry[code].status : number, code, message);
}

function endError(end: StreamEnd | null): ApiError {
  return end?.error ?? clientError('network', 'The connection to the server has ended');
}
