import type { Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';

/** How the bytes of an answer travel. */
export interface TransportFaults {
  /** Waits before it takes a request to hand. */
  readonly acceptDelayMs?: number;
  readonly firstByteDelayMs?: number;
  /** Sends one byte at a time. */
  readonly dribbles?: boolean;
  /** Between two bytes that are sent one at a time. */
  readonly byteDelayMs?: number;
  /** Sends several messages of a live session in one piece. */
  readonly coalesces?: boolean;
  /** Resets, or ends, the connection after so many bytes. */
  readonly cut?: { readonly afterBytes: number; readonly how: 'reset' | 'fin' };
  /** Sends nothing at all, and stays connected. */
  readonly silent?: boolean;
}

/** The way out to a client. */
export interface Outlet {
  /** Rejects when the connection is gone, or was cut as planned. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends what is held back. */
  flush(): Promise<void>;
  reset(): void;
}

const coalescedWrites = 3;

/** `isSilenced` is asked before each write: what it is true for is thrown away. */
export function outletOf(
  socket: Socket,
  faults: TransportFaults,
  isSilenced: () => boolean = () => false,
): Outlet {
  let sentBytes = 0;
  let held: Uint8Array[] = [];

  async function send(bytes: Uint8Array): Promise<void> {
    if (faults.silent || isSilenced()) return;
    if (socket.destroyed) throw new Error('connection is gone');
    if (sentBytes === 0 && faults.firstByteDelayMs) await setTimeout(faults.firstByteDelayMs);
    const room = faults.cut ? faults.cut.afterBytes - sentBytes : Infinity;
    const sent = bytes.subarray(0, room);
    sentBytes += sent.length;
    await put(sent);
    if (faults.cut && bytes.length >= room) {
      if (faults.cut.how === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
      throw new Error('cut as planned');
    }
  }

  async function put(bytes: Uint8Array): Promise<void> {
    if (!faults.dribbles) {
      socket.write(bytes);
      return;
    }
    for (const byte of bytes) {
      socket.write(Uint8Array.of(byte));
      if (faults.byteDelayMs) await setTimeout(faults.byteDelayMs);
      else await setImmediate();
    }
  }

  return {
    async write(bytes) {
      if (!faults.coalesces) return send(bytes);
      held.push(bytes);
      if (held.length >= coalescedWrites) await this.flush();
    },
    async flush() {
      const bytes = Buffer.concat(held);
      held = [];
      if (bytes.length > 0) await send(bytes);
    },
    reset() {
      socket.resetAndDestroy();
    },
  };
}

/** A whole text message of a WebSocket, as a server sends it (RFC 6455, 5.2). */
export function textFrame(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  head[0] = 0x81;
  if (head.length === 2) head[1] = payload.length;
  else {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}
