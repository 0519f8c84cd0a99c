import { maxSocketMessageBytes, type SocketHeader } from '@friend-lite/contract';
import { clientError, type ApiError } from './errors.ts';
import type { ResendBuffer } from './resend-buffer.ts';

/** Interleaved signed little-endian PCM. */
export interface PcmFormat {
  readonly sampleRateHz: number;
  readonly bytesPerSample: number;
  readonly channels: number;
}

/** The part of a WebSocket that is used; the platform's own and the `ws` package's both fit. */
export interface AudioSocket {
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

/** How the connection ended. `error` is the server's typed reason, when it gave one. */
export interface StreamEnd {
  readonly code: number;
  readonly reason: string;
  readonly error: ApiError | null;
}

export interface SenderOptions {
  readonly codec?: 'pcm' | 'opus';
  readonly format?: PcmFormat;
  readonly framing?: 'json' | 'raw';
  readonly capturedAt?: number;
  readonly resend?: ResendBuffer;
}

const speechFormat: PcmFormat = { sampleRateHz: 16_000, bytesPerSample: 2, channels: 1 };
const stallTimeoutMs = 30_000;
const settleTimeoutMs = 10_000;
const highWaterBytes = 256 * 1024;
const frameLimitBytes = Math.min(64 * 1024, maxSocketMessageBytes);
/** Sockets tell nobody when their buffer empties; it is looked at this often. */
/** How long the reason of a close may lag behind its beginning. */
const closingMs = 2000;
const pollMs = 10;
const openState = 1;

/** Puts sound on an open socket. */
export interface Sender {
  /** See `AudioStream.send`. */
  send(sound: Uint8Array): Promise<void>;
  stop(): void;
  /** Sends what waits in the buffer, until all of it was or the connection ends. */
  catchUp(resend: ResendBuffer): Promise<void>;
  /** Ends the recording, and waits until all of it is confirmed, the connection ends, or 10 s have passed. */
  settle(resend: ResendBuffer): Promise<void>;
}

export function createSender(
  socket: AudioSocket,
  options: SenderOptions,
  ended: Promise<StreamEnd>,
): Sender {
  const { framing = 'json', format = speechFormat, codec = 'pcm', resend } = options;
  const data = {
    rate: format.sampleRateHz,
    width: format.bytesPerSample,
    channels: format.channels,
    ...(codec === 'opus' ? { codec } : {}),
  };
  let { capturedAt } = options;

  /** A connection that is closing says why only once it is closed. */
  function howItEnded(): Promise<StreamEnd | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), closingMs);
      void ended.then((end) => {
        clearTimeout(timer);
        resolve(end);
      });
    });
  }
  let isStarted = false;

  const isOpen = (): boolean => socket.readyState === openState;
  const announce = (header: SocketHeader): void => {
    if (framing === 'json') socket.send(JSON.stringify(header));
  };
  /** Waits while the connection lasts; false: it ended first. */
  async function waitFor(isReady: () => boolean, problem: string): Promise<boolean> {
    const deadline = performance.now() + stallTimeoutMs;
    while (!isReady()) {
      if (!isOpen()) return false;
      if (performance.now() > deadline) throw clientError('timeout', problem);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return true;
  }

  async function drain(): Promise<void> {
    const isLow = () => socket.bufferedAmount <= highWaterBytes;
    await waitFor(isLow, 'The network takes no more sound');
  }

  function transmit(payload: Uint8Array<ArrayBuffer>, seq: number | null): void {
    if (!isStarted) {
      const late = capturedAt === undefined ? {} : { captured_at: capturedAt };
      announce({ type: 'audio-start', data: { ...data, ...late }, payload_length: null });
      capturedAt = undefined;
    }
    isStarted = true;
    const numbered = seq === null ? data : { ...data, seq };
    announce({ type: 'audio-chunk', data: numbered, payload_length: payload.length });
    socket.send(payload);
  }

  function sayStop(seq: number | null): void {
    announce({ type: 'audio-stop', data: seq === null ? {} : { seq }, payload_length: null });
    isStarted = false;
  }

  async function catchUp(buffer: ResendBuffer): Promise<void> {
    while (isOpen()) {
      const entry = buffer.next();
      if (!entry) return;
      if (entry.type === 'frame') transmit(entry.payload, entry.seq);
      else sayStop(entry.seq);
      await drain();
    }
  }

  async function keep(buffer: ResendBuffer, payloads: Uint8Array<ArrayBuffer>[]): Promise<void> {
    const isKept = () => buffer.keep(payloads);
    if (!(await waitFor(isKept, 'The server confirms no more sound')))
      throw endError(await howItEnded());
  }

  return {
    catchUp,
    async send(sound) {
      const payloads = codec === 'opus' ? [new Uint8Array(sound)] : cut(sound, format);
      if (resend) {
        await keep(resend, payloads);
        // What the connection does not take any more, the next one will.
        await catchUp(resend).catch(() => undefined);
        return;
      }
      for (const payload of payloads) {
        if (!isOpen()) throw endError(await howItEnded());
        transmit(payload, null);
        await drain();
      }
    },
    stop() {
      if (resend) {
        resend.stop();
        void catchUp(resend).catch(() => undefined);
      } else if (isStarted && isOpen()) {
        sayStop(null);
      }
    },
    async settle(buffer) {
      buffer.stop();
      await catchUp(buffer).catch(() => undefined);
      const deadline = performance.now() + settleTimeoutMs;
      const isDone = () => buffer.pendingBytes === 0 || performance.now() > deadline;
      await waitFor(isDone, 'The server confirms no more sound');
    },
  };
}

/** Pieces of whole samples, copied: the caller may use its buffer again at once. */
function cut(pcm: Uint8Array, format: PcmFormat): Uint8Array<ArrayBuffer>[] {
  const sampleBytes = format.bytesPerSample * format.channels;
  const frameBytes = Math.floor(frameLimitBytes / sampleBytes) * sampleBytes;
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < pcm.length; start += frameBytes) {
    frames.push(new Uint8Array(pcm.subarray(start, start + frameBytes)));
  }
  return frames;
}

function endError(end: StreamEnd | null): ApiError {
  return end?.error ?? clientError('network', 'The connection to the server has ended');
}
