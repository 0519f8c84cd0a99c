import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../base/index.ts';
import type { WyomingAddress } from './address.ts';
import { encodeEvent, eventDecoder, WyomingFrameError, type WyomingEvent } from './event.ts';

const connectTimeoutMs = 5_000;

/** An open connection to a Wyoming server. */
export interface WyomingConnection {
  /** Resolves when there is room for more: the peer sets the pace. Rejects once the connection is gone. */
  send(type: string, data?: Readonly<Record<string, unknown>>, payload?: Uint8Array): Promise<void>;
  /** What the server says, until it closes or `close` is called. Throws when the connection breaks. */
  readonly events: AsyncIterable<WyomingEvent>;
  /** Ends `events` quietly. */
  close(): void;
}

export interface ConversationLimits {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** From the call to the end of `talk`, connecting included (which alone may take 5 s). */
  readonly limitMs: number;
}

/**
 * Connects, lets `talk` have the connection, and closes it whatever happens.
 * Rejects with the signal's reason when aborted, with a `TimeoutError` when a limit passes, else with what
 * the socket, the protocol or `talk` threw.
 */
export async function converse<T>(
  { host, port }: WyomingAddress,
  { clock, signal, limitMs }: ConversationLimits,
  talk: (connection: WyomingConnection) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const timeout = new AbortController();
  const expire = (what: string) => () =>
    timeout.abort(new DOMException(`${what} in time`, 'TimeoutError'));
  const cancelLimit = clock.after(limitMs, expire('no answer'));
  const cancelConnectLimit = clock.after(connectTimeoutMs, expire('no connection'));
  const stop = AbortSignal.any([signal, timeout.signal]);

  const socket = connect({ host, port, noDelay: true, signal: stop });
  // Failures surface where the socket is awaited; without a listener a late one would end the process.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect');
    cancelConnectLimit();
    return await talk(connectionOver(socket));
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    cancelLimit();
    cancelConnectLimit();
    socket.destroy();
  }
}

function connectionOver(socket: Socket): WyomingConnection {
  const gone = new AbortController();
  socket.once('close', () => gone.abort(new Error('connection closed')));
  let isClosedByUs = false;

  async function* events(): AsyncGenerator<WyomingEvent> {
    let decoded: WyomingEvent[] = [];
    const decoder = eventDecoder((event) => decoded.push(event));
    try {
      for await (const chunk of socket) {
        if (!(chunk instanceof Uint8Array)) throw new TypeError('socket must not decode text');
        let violation: WyomingFrameError | null = null;
        try {
          decoder.push(chunk);
        } catch (error) {
          if (!(error instanceof WyomingFrameError)) throw error;
          violation = error;
        }
        yield* decoded;
        decoded = [];
        if (violation) throw violation;
      }
    } catch (error) {
      if (!isClosedByUs) throw error;
    }
  }

  return {
    async send(type, data, payload) {
      gone.signal.throwIfAborted();
      const hasRoom = socket.write(encodeEvent(type, data, payload));
      if (!hasRoom) await once(socket, 'drain', { signal: gone.signal });
    },
    events: events(),
    close() {
      isClosedByUs = true;
      socket.destroy();
    },
  };
}
