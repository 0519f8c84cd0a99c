import { errorRegistry, type ErrorCode } from '@friend-lite/contract';
import { createSender, type AudioSocket, type PcmFormat, type StreamEnd } from './audio-sender.ts';
import { ApiError, clientError } from './errors.ts';
import type { ResendBuffer } from './resend-buffer.ts';
import { parseServerMessage } from './server-message.ts';

export type { PcmFormat, StreamEnd } from './audio-sender.ts';

export interface AudioStreamOptions {
  /** Where the server answers, `http:` or `https:`. */
  readonly baseUrl: string;
  readonly token: string;
  readonly deviceName: string;
  /** What `send` takes: whole samples of PCM (by default), or one Opus packet at a time. */
  readonly codec?: 'pcm' | 'opus';
  /** Of PCM: 16 kHz, 16-bit, mono by default; the only one raw framing can carry. */
  readonly format?: PcmFormat;
  /** `json`: events that announce each payload; `raw`: bare payloads, as older devices send. */
  readonly framing?: 'json' | 'raw';
  /** Epoch ms: the first recording on the stream was made earlier, from then on. Not with raw framing. */
  readonly capturedAt?: number;
  /**
   * Has every frame confirmed by the server once it is on disk for good, and keeps it until then. Not with raw
   * framing. To lose nothing over a broken connection, open the next stream with the same buffer: what was
   * not confirmed is sent again first, and the server drops what it has already.
   *
   *     const resend = createResendBuffer();
   *     let stream = await openAudioStream({ ...device, resend });
   *     for await (const sound of microphone) {
   *       while (!(await stream.send(sound).then(() => true, () => false))) {
   *         stream = await reopen({ ...device, resend }); // with backoff
   *       }
   *     }
   *
   * `stream.ended` tells at once that it is time to reopen; frames may still be given to `send` meanwhile.
   */
  readonly resend?: ResendBuffer;
  /** Aborts the stream, uncleanly, whenever it aborts. */
  readonly signal?: AbortSignal;
  /** Errors after which the connection goes on, e.g. a refused frame. */
  readonly onError?: (error: ApiError) => void;
  /** Makes the socket; the platform's WebSocket by default. */
  readonly connect?: (url: string) => AudioSocket;
}

export interface AudioStream {
  /** As the server named this device; null when it did not say. */
  readonly clientId: string | null;
  /** Resolves, and never rejects, when the connection is gone. */
  readonly ended: Promise<StreamEnd>;
  /**
   * Sends whole samples, or one Opus packet, with `audio-start` before the first. Resolves when less than
   * 256 KiB wait to be sent, so a caller that awaits it holds no more than that in memory.
   *
   * With a resend buffer it resolves once the sound is kept there, also when the connection has ended: it
   * arrives, now or over the next one. It waits while the buffer is full, and when it throws, nothing was kept.
   *
   * @throws ApiError when the connection has ended, or the network takes nothing for 30 s (`timeout`).
   */
  send(sound: Uint8Array): Promise<void>;
  /** Says that the sound ends here (`audio-stop`), a hard boundary; sound sent later starts anew. Raw framing has no such word: there `close` says it. */
  stop(): void;
  /** Ends cleanly: what was sent arrives first, and is confirmed (for up to 10 s) where it is to be. */
  close(): Promise<StreamEnd>;
  /** Ends as a lost device does: without a clean close, dropping what was not sent yet where that can be done. */
  abort(): void;
}

const openTimeoutMs = 15_000;
const closeTimeoutMs = 10_000;
/** A close that is not clean, in the range a program may use. */
const abortedCode = 4000;

/**
 * Opens an audio stream to `/ws_pcm`, or `/ws_omi` for Opus, and resolves once the server has accepted it.
 *
 * @throws ApiError with the server's code when it refuses (`authentication_failed`, `setup_required`, …),
 *   `network` when it cannot be reached, `timeout` after 15 s; the signal's reason when aborted.
 */
export async function openAudioStream(options: AudioStreamOptions): Promise<AudioStream> {
  const { signal, resend } = options;
  signal?.throwIfAborted();
  const connect = options.connect ?? ((url: string): AudioSocket => new WebSocket(url));
  const socket = connect(streamUrl(options));
  socket.binaryType = 'arraybuffer';

  const ready = Promise.withResolvers<string | null>();
  const end = Promise.withResolvers<StreamEnd>();
  let lastError: ApiError | null = null;
  let isReady = false;

  socket.onmessage = (event: { readonly data: unknown }) => {
    const message = parseServerMessage(event.data);
    if (message?.type === 'ready') {
      isReady = true;
      options.resend?.resume(message.ongoing, message.ended);
      ready.resolve(message.clientId);
    } else if (message?.type === 'ack') {
      options.resend?.confirm(message);
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
    end.resolve({ code: event.code, reason: event.reason, error });
    ready.reject(lastError ?? clientError('network', 'The server cannot be reached'));
  };
  function abort(): void {
    if (socket.terminate) socket.terminate();
    else socket.close(abortedCode, 'aborted');
  }
  signal?.addEventListener('abort', abort, { once: true });

  const clientId = await whenReady(ready.promise, abort, signal);
  const sender = createSender(socket, options, end.promise);
  if (resend) await sender.catchUp(resend);
  return {
    clientId,
    ended: end.promise,
    send: (sound) => sender.send(sound),
    stop: () => sender.stop(),
    async close() {
      if (resend) await sender.settle(resend);
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

function streamUrl({ baseUrl, token, deviceName, codec, resend }: AudioStreamOptions): string {
  const url = new URL(codec === 'opus' ? '/ws_omi' : '/ws_pcm', baseUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = new URLSearchParams({
    token,
    device_name: deviceName,
    ...(resend ? { ack: '1' } : {}),
  }).toString();
  return url.href;
}

function socketError(code: string, message: string, number: number): ApiError {
  const isKnown = (text: string): text is ErrorCode => Object.hasOwn(errorRegistry, text);
  return new ApiError(isKnown(code) ? errorRegistry[code].status : number, code, message);
}
