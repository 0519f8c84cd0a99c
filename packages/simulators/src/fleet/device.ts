import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiError,
  createResendBuffer,
  openAudioStream,
  type AudioStream,
  type ResendBuffer,
} from '@friend-lite/client';
import { WebSocket } from 'ws';
import { frameMs } from './pcm-frames.ts';
import type { DeviceSpec, Drop } from './spec.ts';
import { keepTruth, type DeviceTruth } from './truth.ts';

export interface DeviceContext {
  readonly url: string;
  readonly token: string;
  readonly random: () => number;
  /** Whether the radio loses the next packet. Never, where there is none. */
  readonly isLostOnAir: () => boolean;
  /** The sound of a frame. */
  readonly frame: (frame: number) => Uint8Array;
  /** Ends the recording in order. */
  readonly stop: AbortSignal;
  readonly onBegun: () => void;
}

const reconnectPauseMs = 50;
/** Frames that may be on their way to the network's buffer, before the device waits for it. */
const maxOnTheWay = 64;
/** How long the last connection may take to come back, so that what is not confirmed can be sent. */
const lastReturnMs = 60_000;

/**
 * Streams until `stop`, or until it dies as planned, coming back by itself whenever the connection breaks. Resolves with
 * what it did.
 */
export async function runDevice(spec: DeviceSpec, context: DeviceContext): Promise<DeviceTruth> {
  const keeper = keepTruth(spec.device, spec.name);
  const { stop, random, isLostOnAir, frame: soundOf } = context;
  const resend =
    spec.mode === 'ack' ? watched(createResendBuffer(), (frames) => keeper.acked(frames)) : null;
  const line = keepConnected(spec, context, resend, keeper);
  await sleep(spec.startAfterMs);
  await line.connected();
  context.onBegun();

  const startedAt = performance.now();
  const drops = [...spec.drops];
  const perFrameMs = (frameMs / spec.speed) * (1 + spec.driftPpm / 1_000_000);
  let onTheWay = 0;
  for (let frame = 0; !stop.aborted; frame += 1) {
    const dueAt = startedAt + (frame + 1) * perFrameMs + random() * spec.jitterMs;
    const aheadMs = dueAt - performance.now();
    if (aheadMs > 0) await sleep(aheadMs);
    const [drop] = drops;
    if (drop && frame * perFrameMs >= drop.afterMs) {
      drops.shift();
      line.cut(drop);
      if (drop.forMs === null) return keeper.truth();
    }
    const now = epochNow();
    if (isLostOnAir()) {
      keeper.lostOnAir(frame);
      continue;
    }
    const stream = line.stream();
    if (!stream) {
      if (resend?.keep([new Uint8Array(soundOf(frame))])) keeper.handed(frame, now);
      continue;
    }
    keeper.handed(frame, now);
    onTheWay += 1;
    const sent = stream.send(soundOf(frame)).then(
      () => undefined,
      () => keeper.notHanded(frame),
    );
    void sent.finally(() => (onTheWay -= 1));
    if (onTheWay > maxOnTheWay) await sent;
  }
  await line.close();
  return keeper.truth();
}

interface Line {
  /** Null while there is no connection. */
  stream(): AudioStream | null;
  connected(): Promise<void>;
  /** Breaks the connection as a lost network does, and stays away. Nothing when there is none. */
  cut(drop: Drop): void;
  close(): Promise<void>;
}

function keepConnected(
  spec: DeviceSpec,
  { url, token, stop }: DeviceContext,
  resend: ResendBuffer | null,
  keeper: ReturnType<typeof keepTruth>,
): Line {
  let stream: AudioStream | null = null;
  let socket: WebSocket | null = null;
  /** Of performance.now(); Infinity until it is closing. */
  let closingSince = Infinity;
  let connecting = connect(0);

  function isTooLate(): boolean {
    return performance.now() > closingSince + lastReturnMs;
  }

  async function connect(afterMs: number): Promise<void> {
    if (afterMs > 0) await sleep(afterMs);
    while (!isTooLate()) {
      try {
        stream = await openAudioStream({
          baseUrl: url,
          token,
          deviceName: spec.name,
          codec: spec.codec,
          framing: spec.mode === 'raw' ? 'raw' : 'json',
          ...(resend ? { resend } : {}),
          connect(address) {
            const full = spec.radio ? `${address}&header=omi` : address;
            socket = new WebSocket(full, { perMessageDeflate: false });
            return socket;
          },
          onError: ({ code }) => keeper.failed(code),
        });
        keeper.returned(epochNow());
        void watchEnd(stream);
        return;
      } catch (error) {
        keeper.failed(error instanceof ApiError ? error.code : 'unknown');
        await sleep(reconnectPauseMs);
      }
    }
  }

  async function watchEnd(current: AudioStream): Promise<void> {
    const { error, code } = await current.ended;
    if (stream !== current) return;
    stream = null;
    if (code === 1000) return;
    if (error) keeper.failed(error.code);
    keeper.left(epochNow());
    connecting = connect(0);
  }

  return {
    stream: () => stream,
    connected: () => connecting,
    cut({ forMs, leaves = 'terminated' }) {
      const current = stream;
      if (!current) return;
      stream = null;
      keeper.left(epochNow());
      if (leaves === 'half-open') {
        // Not read any more, it answers nothing.
        socket?.pause();
        stop.addEventListener('abort', () => current.abort(), { once: true });
      } else {
        current.abort();
      }
      if (forMs !== null) connecting = connect(forMs);
    },
    async close() {
      closingSince = performance.now();
      await connecting;
      while (stream) {
        const current: AudioStream = stream;
        if (spec.mode === 'json') current.stop();
        const { code } = await current.close();
        if (code === 1000 || !resend || isTooLate()) return;
        // Cut off before all was confirmed: once more.
        await sleep(reconnectPauseMs);
        await connecting;
      }
    },
  };
}

/** The same buffer, that tells how far the server says things are safe. Numbers are those of the frames, from 1. */
function watched(buffer: ResendBuffer, onAcked: (frames: number) => void): ResendBuffer {
  return {
    maxBytes: buffer.maxBytes,
    get pendingBytes() {
      return buffer.pendingBytes;
    },
    keep: (payloads) => buffer.keep(payloads),
    stop: () => buffer.stop(),
    next: () => buffer.next(),
    resume(ongoing, ended) {
      if (ongoing) onAcked(ongoing.seq);
      buffer.resume(ongoing, ended);
    },
    confirm(progress) {
      onAcked(progress.seq);
      buffer.confirm(progress);
    },
  };
}

function epochNow(): number {
  return performance.timeOrigin + performance.now();
}
