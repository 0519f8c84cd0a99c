import type { CaptureId, ClientId, ServerSocketMessage, UserId } from '@friend-lite/contract';
import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import {
  durationMs,
  opusPacketDurationMs,
  speechFormat,
  type OpusDecoders,
} from '../audio/index.ts';
import type { Capture, CaptureStore, Segment, SegmentFiles, SegmentRef } from './ports.ts';
import type { SocketLink } from './socket-link.ts';

/** Stand-ins for tests: stores in memory, files that fail or hang on command, a socket that remembers. */

export const alice: UserId = userIdSchema.parse('665f00000000000000a11ce0');
export const bob: UserId = userIdSchema.parse('665f0000000000000000b0b0');
export const phone: ClientId = clientIdSchema.parse('a11ce0-phone');
export const captureId = (digit: string): CaptureId => captureIdSchema.parse(digit.repeat(32));

export function liveCapture(change: Partial<Capture> = {}): Capture {
  return {
    id: captureId('1'),
    userId: alice,
    clientId: phone,
    format: speechFormat,
    startedAt: 1_750_000_000_000,
    origin: 'live',
    state: 'live',
    awaySince: null,
    endedAt: null,
    endReason: null,
    ...change,
  };
}

export interface FakeCaptureStore extends CaptureStore {
  readonly captures: Map<CaptureId, Capture>;
  /** By `<capture>/<index>`. */
  readonly segmentRecords: Map<string, Segment>;
  /** The next calls of `add` reject with it, until null. */
  failure: Error | null;
}

export function fakeCaptureStore(): FakeCaptureStore {
  const captures = new Map<CaptureId, Capture>();
  const segmentRecords = new Map<string, Segment>();
  const store: FakeCaptureStore = {
    captures,
    segmentRecords,
    failure: null,
    async add(capture) {
      if (store.failure) throw store.failure;
      if (captures.has(capture.id)) throw new Error('capture exists');
      captures.set(capture.id, capture);
    },
    async update(id, change) {
      const capture = captures.get(id);
      if (capture) captures.set(id, { ...capture, ...change });
    },
    async find(userId, id) {
      const capture = captures.get(id);
      return capture?.userId === userId ? capture : null;
    },
    async listUnsealed() {
      return [...captures.values()].filter((capture) => capture.state !== 'sealed');
    },
    async putSegment(segment) {
      segmentRecords.set(`${segment.captureId}/${segment.index}`, segment);
    },
    async removeSegment(id, index) {
      segmentRecords.delete(`${id}/${index}`);
    },
    async segments(userId, id) {
      return [...segmentRecords.values()]
        .filter((segment) => segment.captureId === id && segment.userId === userId)
        .sort((a, b) => a.index - b.index);
    },
  };
  return store;
}

export interface FakeSegmentFiles extends SegmentFiles {
  /** Sound by `<capture>/<index>`; of Opus the packets' bytes, one after another. */
  readonly sound: Map<string, Uint8Array>;
  /** What was appended, chunk by chunk, and the number given with it. */
  readonly chunks: Map<string, { readonly chunk: Uint8Array; readonly lastSeq: number | null }[]>;
  readonly sealed: Set<string>;
  /** Segments whose numbers were forgotten. */
  readonly forgotten: Set<string>;
  /** How many appends and syncs were made. */
  appends: number;
  syncs: number;
  /** Appends from now on reject with it, until null. */
  failure: Error | null;
  /** Appends from now on wait. Returns what lets them go on. */
  hang(): () => void;
  /** Syncs and seals from now on wait. Returns what lets them go on. */
  hangSyncs(): () => void;
}

export function fakeSegmentFiles(): FakeSegmentFiles {
  const sound = new Map<string, Uint8Array>();
  const chunksOf: FakeSegmentFiles['chunks'] = new Map();
  const sealed = new Set<string>();
  const forgotten = new Set<string>();
  const keyOf = (ref: SegmentRef) => `${ref.captureId}/${ref.index}`;
  let waiting = Promise.resolve();
  let syncing = Promise.resolve();

  const files: FakeSegmentFiles = {
    sound,
    chunks: chunksOf,
    sealed,
    forgotten,
    appends: 0,
    syncs: 0,
    failure: null,
    hang() {
      const gate = Promise.withResolvers<undefined>();
      waiting = gate.promise;
      return () => gate.resolve(undefined);
    },
    hangSyncs() {
      const gate = Promise.withResolvers<undefined>();
      syncing = gate.promise;
      return () => gate.resolve(undefined);
    },
    async create(ref) {
      const key = keyOf(ref);
      if (sound.has(key)) throw new Error('file exists');
      sound.set(key, new Uint8Array());
      chunksOf.set(key, []);
      return {
        async append(chunks, lastSeq) {
          files.appends += 1;
          await waiting;
          if (files.failure) throw files.failure;
          sound.set(key, Buffer.concat([sound.get(key) ?? new Uint8Array(), ...chunks]));
          chunksOf.get(key)?.push(...chunks.map((chunk) => ({ chunk, lastSeq })));
        },
        async sync() {
          files.syncs += 1;
          await syncing;
        },
        async seal() {
          await syncing;
          sealed.add(key);
          return sound.get(key)?.byteLength ?? 0;
        },
      };
    },
    async repair(ref, format) {
      const bytes = sound.get(keyOf(ref));
      if (!bytes) return null;
      if (format.encoding === 'opus') throw new Error('the fake repairs PCM alone');
      const whole = bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 2));
      sound.set(keyOf(ref), whole);
      sealed.add(keyOf(ref));
      const lastSeq = chunksOf.get(keyOf(ref))?.at(-1)?.lastSeq ?? null;
      const byteCount = whole.byteLength;
      return { byteCount, durationMs: durationMs(format, byteCount), gaps: [], lastSeq };
    },
    async *read(ref, start, end) {
      const bytes = sound.get(keyOf(ref));
      if (!bytes) throw new Error('no such file');
      for (let at = start; at < Math.min(end, bytes.byteLength); at += 1000) {
        yield bytes.subarray(at, Math.min(at + 1000, end));
      }
    },
    size: async (ref) => sound.get(keyOf(ref))?.byteLength ?? 0,
    async forgetNumbers(ref) {
      forgotten.add(keyOf(ref));
    },
    async remove(ref) {
      sound.delete(keyOf(ref));
    },
  };
  return files;
}

export interface FakeLink extends SocketLink {
  readonly sent: ServerSocketMessage[];
  readonly closed: { code: number; reason: string }[];
  isPaused: boolean;
  /** What it says when it is asked for a sign of life. */
  alive: boolean | Promise<boolean>;
}

export function fakeLink(): FakeLink {
  const link: FakeLink = {
    sent: [],
    closed: [],
    isPaused: false,
    alive: false,
    isAlive: async () => link.alive,
    send: (message) => void link.sent.push(message),
    close: (code, reason) => void link.closed.push({ code, reason }),
    pause() {
      link.isPaused = true;
    },
    resume() {
      link.isPaused = false;
    },
  };
  return link;
}

/** Every sample of a packet is its last byte; nothing is decoded once `failure` is set. */
export interface FakeOpusDecoders extends OpusDecoders {
  failure: Error | null;
  /** Streams opened and not closed. */
  openStreams: number;
  decodedPackets: number;
}

export function fakeOpusDecoders(): FakeOpusDecoders {
  const decoders: FakeOpusDecoders = {
    failure: null,
    openStreams: 0,
    decodedPackets: 0,
    open() {
      decoders.openStreams += 1;
      let isOpen = true;
      return {
        async decode(packets) {
          if (decoders.failure) throw decoders.failure;
          decoders.decodedPackets += packets.length;
          const parts = packets.map((packet) =>
            new Int16Array((opusPacketDurationMs(packet) ?? 0) * 16).fill(packet.at(-1) ?? 0),
          );
          return Int16Array.from(parts.flatMap((part) => [...part]));
        },
        close() {
          if (isOpen) decoders.openStreams -= 1;
          isOpen = false;
        },
      };
    },
  };
  return decoders;
}

/** A packet of 20 ms (CELT, wideband) that the fake decoder makes `value` of. */
export function opusPacket(value: number, byteCount = 40): Uint8Array {
  const packet = noise(byteCount, value);
  packet[0] = 23 << 3;
  packet[byteCount - 1] = value;
  return packet;
}

/** Lets everything run that waits for nothing but its turn. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

/** `byteCount` bytes that differ from those of any other `seed` and place. */
export function noise(byteCount: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  let state = seed * 2_654_435_761 + 1;
  for (let at = 0; at < byteCount; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
