import type { CaptureId, ClientId, ServerSocketMessage, UserId } from '@friend-lite/contract';
import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { speechFormat } from '../audio/index.ts';
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
  /** Sound by `<capture>/<index>`. */
  readonly sound: Map<string, Uint8Array>;
  readonly sealed: Set<string>;
  /** How many appends and syncs were made. */
  appends: number;
  syncs: number;
  /** Appends from now on reject with it, until null. */
  failure: Error | null;
  /** Appends from now on wait. Returns what lets them go on. */
  hang(): () => void;
}

export function fakeSegmentFiles(): FakeSegmentFiles {
  const sound = new Map<string, Uint8Array>();
  const sealed = new Set<string>();
  const keyOf = (ref: SegmentRef) => `${ref.captureId}/${ref.index}`;
  let waiting = Promise.resolve();

  const files: FakeSegmentFiles = {
    sound,
    sealed,
    appends: 0,
    syncs: 0,
    failure: null,
    hang() {
      const gate = Promise.withResolvers<undefined>();
      waiting = gate.promise;
      return () => gate.resolve(undefined);
    },
    async create(ref) {
      const key = keyOf(ref);
      if (sound.has(key)) throw new Error('file exists');
      sound.set(key, new Uint8Array());
      return {
        async append(chunks) {
          files.appends += 1;
          await waiting;
          if (files.failure) throw files.failure;
          sound.set(key, Buffer.concat([sound.get(key) ?? new Uint8Array(), ...chunks]));
        },
        async sync() {
          files.syncs += 1;
        },
        async seal() {
          sealed.add(key);
        },
      };
    },
    async repair(ref) {
      const bytes = sound.get(keyOf(ref));
      if (!bytes) return null;
      const whole = bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 2));
      sound.set(keyOf(ref), whole);
      sealed.add(keyOf(ref));
      return whole.byteLength;
    },
    async *read(ref, start, end) {
      const bytes = sound.get(keyOf(ref));
      if (!bytes) throw new Error('no such file');
      for (let at = start; at < Math.min(end, bytes.byteLength); at += 1000) {
        yield bytes.subarray(at, Math.min(at + 1000, end));
      }
    },
    size: async (ref) => sound.get(keyOf(ref))?.byteLength ?? 0,
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
}

export function fakeLink(): FakeLink {
  const link: FakeLink = {
    sent: [],
    closed: [],
    isPaused: false,
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
