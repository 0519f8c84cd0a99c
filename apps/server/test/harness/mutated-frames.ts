import { pcmFrame } from '@friend-lite/simulators';
import type { SocketFrame } from '../../src/capture/frames.ts';

const values: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  '16000',
  'opus',
  '\u0000',
  '😀'.repeat(40),
  [],
  [[[[[[[[1]]]]]]]],
  {},
  { rate: { rate: { rate: 1 } } },
];
const keys = ['type', 'data', 'payload_length', 'rate', 'seq', 'codec', 'captured_at', '__proto__'];
/** Seldom, since each makes a recording of its own. */
const boundaryShare = 0.004;
const maxPayloadBytes = 2000;

/** Frames as clients send them, damaged in all the ways that can be thought of; the same for the same `random`. */
export function mutatedFrames(
  random: () => number,
  packets: readonly Uint8Array[],
): () => SocketFrame {
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const oneOf = <T>(all: readonly T[], fallback: T): T => all[upTo(all.length)] ?? fallback;
  let seq = 0;
  /** Announced by the last header. */
  let payload: Uint8Array | null = null;

  function header(): Record<string, unknown> {
    if (random() < boundaryShare) {
      return random() < 0.5
        ? { type: 'audio-stop', data: { seq }, payload_length: null }
        : { type: 'audio-start', data: { rate: 16_000, width: 2, channels: 1 } };
    }
    if (random() < 0.1) return { type: 'ping', data: null };
    seq += upTo(3);
    payload = binary();
    return {
      type: 'audio-chunk',
      data: { rate: 16_000, width: 2, channels: 1, seq },
      payload_length: random() < 0.8 ? payload.length : upTo(maxPayloadBytes),
    };
  }

  function text(): string {
    const message = header();
    if (random() < 0.3) {
      const data = message.data as Record<string, unknown> | null | undefined;
      const target = random() < 0.5 && data ? data : message;
      Object.defineProperty(target, oneOf(keys, 'type'), {
        value: oneOf(values, null),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    const json = JSON.stringify(message);
    const kind = random();
    if (kind < 0.6) return json;
    if (kind < 0.75) return json.slice(0, upTo(json.length));
    if (kind < 0.9) {
      const at = upTo(json.length);
      return json.slice(0, at) + String.fromCodePoint(upTo(0x3000)) + json.slice(at + upTo(3));
    }
    if (kind < 0.97) return json + json.slice(upTo(json.length));
    return '['.repeat(upTo(5000));
  }

  function binary(): Uint8Array {
    const original =
      random() < 0.5 ? oneOf(packets, new Uint8Array(1)) : pcmFrame(upTo(9), upTo(99));
    const bytes = Uint8Array.from(original);
    const kind = random();
    if (kind < 0.3) return bytes;
    if (kind < 0.5) return bytes.subarray(0, upTo(bytes.length));
    if (kind < 0.8) {
      for (let flips = 1 + upTo(8); flips > 0; flips -= 1) bytes[upTo(bytes.length)] = upTo(256);
      return bytes;
    }
    return Uint8Array.from({ length: upTo(maxPayloadBytes) }, () => upTo(256));
  }

  return () => {
    if (payload === null && random() < 0.7) return { kind: 'text', text: text() };
    const bytes = payload ?? binary();
    payload = null;
    return { kind: 'binary', bytes };
  };
}
