import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResendBuffer, type ResendEntry } from './resend-buffer.ts';

const frame = (value: number, size = 1) => new Uint8Array(size).fill(value);

/** What would go over a connection now: a frame's number and content, or `stop`. */
function sendAll(buffer: ReturnType<typeof createResendBuffer>) {
  const sent: (string | [number | null, number | undefined])[] = [];
  for (let entry = buffer.next(); entry; entry = buffer.next()) {
    sent.push(entry.type === 'stop' ? 'stop' : [entry.seq, entry.payload[0]]);
  }
  return sent;
}

describe('a resend buffer', () => {
  it('gives everything once, and after a reconnect again what was not confirmed', () => {
    const buffer = createResendBuffer();
    buffer.resume(null, null);
    buffer.keep([frame(1), frame(2), frame(3)]);
    expect(sendAll(buffer)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    buffer.confirm({ captureId: 'a', seq: 1 });
    buffer.resume({ captureId: 'a', seq: 2 }, null);
    buffer.keep([frame(4)]);
    expect(sendAll(buffer)).toEqual([
      [3, 3],
      [4, 4],
    ]);
  });

  it('keeps all or nothing of what does not fit', () => {
    const buffer = createResendBuffer(100);
    expect(buffer.keep([frame(1, 60)])).toBe(true);
    expect(buffer.keep([frame(2, 30), frame(3, 30)])).toBe(false);
    expect(buffer.pendingBytes).toBe(60);
    buffer.resume(null, null);
    sendAll(buffer);
    buffer.confirm({ captureId: 'a', seq: 1 });
    expect(buffer.keep([frame(2, 30), frame(3, 30)])).toBe(true);
  });

  it('knows from a recording that ended what of it is safe', () => {
    const buffer = createResendBuffer();
    buffer.resume(null, { captureId: 'older', seq: 99 });
    buffer.keep([frame(1), frame(2)]);
    buffer.stop();
    buffer.keep([frame(3)]);
    sendAll(buffer);
    buffer.resume(null, { captureId: 'a', seq: 2 });
    expect(sendAll(buffer).at(-1)).toEqual([3, 3]);
    expect(buffer.pendingBytes).toBe(1);
    buffer.confirm({ captureId: 'b', seq: 3 });
    expect(buffer.pendingBytes).toBe(0);
  });

  it('is not misled by a late ack of one recording about another', () => {
    const buffer = createResendBuffer();
    buffer.resume(null, null);
    buffer.keep([frame(1), frame(2)]);
    buffer.stop();
    buffer.keep([frame(3)]);
    sendAll(buffer);
    buffer.confirm({ captureId: 'b', seq: 3 });
    buffer.resume(null, null);
    expect(sendAll(buffer)).toEqual([[1, 1], [2, 2], 'stop']);
  });

  it('numbers its frames far behind those that somebody else began with', () => {
    const buffer = createResendBuffer();
    buffer.keep([frame(1)]);
    buffer.resume({ captureId: 'other', seq: 500 }, null);
    const [first] = sendAll(buffer);
    expect(first?.[0]).toBeGreaterThan(100_000);
  });

  it('over any losses leaves neither hole nor duplicate with a server that keeps its word', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ type: fc.constant('send' as const), arrives: fc.nat(3) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constant('ack' as const), arrives: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.constant({ type: 'stop' as const }) },
      { weight: 2, arbitrary: fc.constant({ type: 'reconnect' as const }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const server = modelServer();
        const buffer = createResendBuffer();
        let value = 0;
        const line = { isConnected: true };
        const connect = () => {
          buffer.resume(server.ongoing(), server.ended());
          line.isConnected = true;
        };
        /** `arrives`: how many of the messages do, before the connection breaks. */
        const send = (arrives: number) => {
          if (!line.isConnected) return;
          for (let count = 1; ; count += 1) {
            const entry = buffer.next();
            if (!entry) return;
            if (count > arrives) {
              line.isConnected = false;
              return;
            }
            server.take(entry);
          }
        };
        connect();
        for (const each of steps) {
          if (each.type === 'send') {
            value += 1;
            buffer.keep([Uint8Array.of(value >> 8, value & 0xff)]);
            send(each.arrives === 0 ? 0 : Infinity);
          } else if (each.type === 'ack') {
            const progress = server.sync();
            if (progress && each.arrives && line.isConnected) buffer.confirm(progress);
          } else if (each.type === 'stop') {
            buffer.stop();
            send(Infinity);
          } else {
            connect();
            send(Infinity);
          }
        }
        connect();
        send(Infinity);
        expect(server.heard()).toEqual(Array.from({ length: value }, (_, at) => at + 1));
      }),
      { numRuns: 2000 },
    );
  });
});

/** A server of one device: it drops frames at or below the highest it took, and forgets nothing. */
function modelServer() {
  const heard: number[] = [];
  let captures = 0;
  let open: { captureId: string; taken: number; durable: number } | null = null;
  let last: { captureId: string; seq: number } | null = null;
  return {
    heard: () => heard,
    ongoing: () => open && { captureId: open.captureId, seq: open.durable },
    ended: () => last,
    sync() {
      if (!open || open.taken === 0) return null;
      open.durable = open.taken;
      return { captureId: open.captureId, seq: open.durable };
    },
    take(entry: ResendEntry) {
      if (entry.type === 'stop') {
        if (open && (entry.seq ?? 0) < open.taken) return;
        if (open) last = { captureId: open.captureId, seq: open.taken };
        open = null;
        return;
      }
      open ??= { captureId: `capture ${(captures += 1)}`, taken: 0, durable: 0 };
      const seq = entry.seq ?? 0;
      if (seq <= open.taken) return;
      open.taken = seq;
      heard.push((entry.payload[0] ?? 0) * 256 + (entry.payload[1] ?? 0));
    },
  };
}
