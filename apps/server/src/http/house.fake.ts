import {
  captureIdSchema,
  clientIdSchema,
  conversationIdSchema,
  memoryIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
  type ConversationId,
  type HealthBody,
  type LiveEvent,
  type UserId,
} from '@friend-lite/contract';
import {
  clientIdOf,
  createLogin,
  createPasswords,
  createSignedPaths,
  createTokens,
  createUsers,
  openSetup,
  type Device,
  type User,
} from '../accounts/index.ts';
import { speechFormat } from '../audio/index.ts';
import { AppError, type Clock } from '../base/index.ts';
import {
  createIntakeCounts,
  type ActiveDevice,
  type Capture,
  type SoundRange,
} from '../capture/index.ts';
import {
  planTextImport,
  type Conversation,
  type TranscriptVersion,
} from '../conversations/index.ts';
import { createLiveEvents } from '../events/index.ts';
import type { Memory } from '../memory/index.ts';
import type { StorageUse } from '../retention/index.ts';
import { createLog } from '../telemetry/index.ts';
import { buildApp } from './app.ts';
import type { HttpDeps } from './deps.ts';
import { noChanges } from './changes.fake.ts';
import { fakePeople } from './people.fake.ts';

/**
 * A house of scripted rooms behind the real HTTP surface: two users and an administrator, each with a
 * device, a conversation, words, memories and sound that nobody else should see.
 */
export type House = Awaited<ReturnType<typeof openHouse>>;

export const password = 'correct horse battery';
export const startedAt = Date.parse('2025-06-15T12:00:00.250Z');
const cheapestBcrypt = 4;
const secret = 'a-secret-of-more-than-thirty-two-bytes';
const noRetention = { audioDays: null, conversationsDays: null, unclaimedAudioHours: null };
const emptyStorage: StorageUse = {
  sound: { pcm: 0, flac: 0, opus: 0 },
  croppedBytes: 0,
  uploadBytes: 0,
  databaseBytes: 0,
  freeBytes: 0,
  soundMs: 0,
  devices: [],
};

export interface HouseScript {
  readonly isSetupDone?: boolean;
  /** Rooms that differ from the script, given those that do not. */
  readonly override?: (deps: HttpDeps) => Partial<HttpDeps>;
}

export async function openHouse(
  clock: Clock & { advance(ms: number): void },
  { isSetupDone = true, override = () => ({}) }: HouseScript = {},
) {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const store = userStore();
  const passwords = createPasswords(cheapestBcrypt);
  const users = createUsers(store, passwords, clock);
  if (isSetupDone) {
    for (const name of ['ada', 'bob', 'root']) {
      await users.create({
        email: `${name}@example.com`,
        password,
        displayName: name,
        isActive: true,
        isSuperuser: name === 'root',
      });
    }
  }
  const { setup, token: setupToken } = await openSetup(store, users);
  const revoked = new Set<string>();
  const tokens = createTokens(
    secret,
    store,
    {
      revoke: async (tokenId) => void revoked.add(tokenId),
      isRevoked: async (tokenId) => revoked.has(tokenId),
    },
    clock,
  );
  const events = createLiveEvents('test');
  const records = (await store.list()).map(recordsOf);
  const of = (userId: UserId) => records.filter((each) => each.user.id === userId);
  const closed: { userId: UserId; clientId: string }[] = [];
  const reads: { start: number; end: number; hasEnded: boolean }[] = [];

  const scripted: HttpDeps = {
    clock,
    log,
    tokens,
    login: createLogin(store, passwords, clock),
    users,
    setup,
    devices: {
      seen: async (userId, name) => deviceOf(userId, name ?? 'device'),
      list: async (userId) => of(userId).map((each) => each.device),
    },
    audioSockets: { maxPerUser: 64, messagesPerSecond: 1000, idleMs: 3_600_000 },
    captures: {
      counts: createIntakeCounts(),
      active: (userId) => (userId ? of(userId) : records).map((each) => each.active),
      connect: () => {
        throw new AppError('storage_unavailable');
      },
    },
    captureStore: {
      find: async (userId, id) =>
        of(userId).find((each) => each.capture.id === id)?.capture ?? null,
    },
    captureReader: {
      async openRange(userId, spans) {
        const isOwn = of(userId).some((each) => each.capture.id === spans[0]?.captureId);
        if (!isOwn) throw new AppError('not_found');
        return tone(reads, [{ startMs: 4000, endMs: 4500 }]);
      },
      openOgg: async () => ({
        byteCount: 0,
        async *read() {
          // No capture of this house is Opus.
        },
      }),
    },
    uploads: {
      begin: async () => {
        throw new AppError('storage_full');
      },
      find: async () => [],
    },
    conversations: {
      find: async (userId, id) =>
        of(userId).find((each) => each.conversation.id === id)?.conversation ?? null,
      list: async (userId, { limit, offset }) => ({
        conversations: of(userId)
          .map((each) => each.conversation)
          .slice(offset, offset + limit),
        total: of(userId).length,
      }),
      countByClient: async (userId) => new Map(of(userId).map((each) => [each.device.clientId, 1])),
      findTranscript: async (userId, id) =>
        of(userId).find((each) => each.transcript.id === id)?.transcript ?? null,
      listTranscripts: async (userId) => of(userId).map((each) => each.transcript),
    },
    annotateConversation: async (userId, id, notes) => {
      const found = of(userId).find((each) => each.conversation.id === id);
      return found ? { ...found.conversation, ...notes } : null;
    },
    importText: async (text) => planTextImport(text, { now: 0, judge: () => 'words' }).conversation,
    deleteConversation: async ({ userId, id }, { withSound }) => {
      const went = { transcriptCount: 1, memoryCount: 1, hadCroppedSound: true };
      const isThere = of(userId).some((each) => each.conversation.id === id);
      return isThere ? { ...went, segmentCount: withSound ? 2 : 0 } : null;
    },
    ...noChanges,
    speech: {
      regions: async (userId, captureId) =>
        of(userId)
          .filter((each) => each.capture.id === captureId)
          .map(() => ({ startMs: 3000, endMs: 9000 })),
    },
    ...fakePeople(clock),
    cropped: {
      open: async (userId, id) =>
        of(userId).some((each) => each.conversation.id === id) ? tone(reads, []) : null,
    },
    listening: {
      async closeConversation(userId, clientId) {
        closed.push({ userId, clientId });
        return (
          of(userId).find((each) => each.device.clientId === clientId)?.openConversation ?? null
        );
      },
      openConversation: (captureId) =>
        records.find((each) => each.capture.id === captureId)?.openConversation ?? null,
    },
    memories: {
      list: async (userId, { limit }) => ({
        memories: of(userId)
          .map((each) => each.memory)
          .slice(0, limit),
        total: of(userId).length,
      }),
      listByConversation: async (userId, id) =>
        of(userId)
          .filter((each) => each.conversation.id === id)
          .map((each) => each.memory),
      search: async (userId, query) =>
        of(userId)
          .filter((each) => query !== '' && each.memory.text.includes(query))
          .map((each) => ({ memory: each.memory, score: 0.5 })),
    },
    retention: {
      settings: async () => noRetention,
      preview: async () => ({ conversations: [], sound: [], byteCount: 0 }),
      run: async () => ({ conversations: [], sound: [], byteCount: 0 }),
    },
    retentionSettings: { put: async () => undefined },
    erasure: {
      eraseUser: async () => ({ records: {}, files: { fileCount: 0, byteCount: 0 } }),
      removeCapture: async (userId, id) => {
        if (of(userId).some((each) => each.capture.id === id)) {
          throw new AppError('capture_claimed', { count: 1 });
        }
        throw new AppError('capture_not_found');
      },
    },
    storageUse: async () => emptyStorage,
    async *checkCaptures() {
      yield { captureCount: 3, segmentCount: 3, faults: [] };
    },
    signedPaths: createSignedPaths(secret, store, clock),
    events,
    healthReport: async () => healthBody(setup.isRequired()),
    isReady: () => true,
    publicUrl: 'http://friend.example:8000',
    isCookieSecure: false,
    dashboardDir: '/nonexistent/dashboard',
  };
  const deps = { ...scripted, ...override(scripted) };

  const app = await buildApp(deps);
  return {
    app,
    deps,
    clock,
    lines,
    setupToken,
    closed,
    reads,
    revoked,
    publish: (userId: UserId, event: LiveEvent) => events.publish(userId, event),
    /** The records of one of `ada`, `bob`, `root`. */
    of(name: string) {
      const found = records.find(({ user }) => user.email === `${name}@example.com`);
      if (!found) throw new Error(`nobody is called ${name}`);
      return found;
    },
    /** Headers of somebody who is logged in. */
    async as(name: string) {
      const token = await tokens.issue(this.of(name).user.id);
      return { token, authorization: `Bearer ${token}` };
    },
  };
}

/** Everything that one user has. What is said is their name, so that a leak shows. */
function recordsOf(user: User, index: number) {
  const digit = String(index + 1);
  const conversationId = conversationIdSchema.parse(
    `${digit.repeat(8)}-0000-4000-8000-000000000000`,
  );
  const transcriptId = transcriptVersionIdSchema.parse(
    `${digit.repeat(8)}-0000-4000-8000-000000000001`,
  );
  const captureId = captureIdSchema.parse(digit.repeat(32));
  const device = deviceOf(user.id, `mic ${digit}`);
  const capture: Capture = {
    id: captureId,
    userId: user.id,
    clientId: device.clientId,
    format: speechFormat,
    startedAt: startedAt - 2000,
    origin: 'live',
    state: 'sealed',
    awaySince: null,
    endedAt: startedAt + 8000,
    endReason: 'stop',
  };
  const conversation: Conversation = {
    id: conversationId,
    userId: user.id,
    clientId: device.clientId,
    createdAt: startedAt + 1000,
    startedAt,
    endedAt: startedAt + 8000,
    phase: 'closed',
    closeReason: 'stop',
    stages: {
      transcribe: { state: 'done', outcome: 'words' },
      extractMemories: { state: 'done', outcome: 'memories' },
      cropAudio: { state: 'done', outcome: 'cropped' },
    },
    ranges: [{ captureId, captureStartedAt: startedAt - 2000, startMs: 2000, endMs: 10_000 }],
    title: `Words of ${user.email}`,
    summary: null,
    activeTranscriptId: transcriptId,
    utteranceCount: 1,
    memoryCount: 1,
    croppedSpans: [{ startMs: 0, endMs: 8000 }],
    revision: 0,
    isPinned: false,
    mergedInto: null,
    coverage: 1,
  };
  const transcript: TranscriptVersion = {
    id: transcriptId,
    conversationId,
    userId: user.id,
    provider: 'wyoming',
    model: 'test',
    createdAt: startedAt + 9000,
    outcome: 'words',
    coverage: 1,
    utterances: [
      {
        id: utteranceIdSchema.parse(`${transcriptId}:0`),
        startMs: startedAt + 1000,
        endMs: startedAt + 3500,
        text: `spoken by ${user.email}`,
        speaker: 'speaker 1',
        confidence: 0.9,
        words: [
          { startMs: startedAt + 1200, endMs: startedAt + 1500, text: 'spoken', confidence: 0.8 },
        ],
      },
    ],
  };
  const memory: Memory = {
    id: memoryIdSchema.parse(`${digit.repeat(8)}-0000-4000-8000-000000000002`),
    userId: user.id,
    clientId: device.clientId,
    kind: 'fact',
    text: `remembered for ${user.email}`,
    entities: ['Ada'],
    validFrom: startedAt,
    validUntil: null,
    createdAt: startedAt + 10_000,
    updatedAt: startedAt + 10_000,
    provenance: {
      conversationId,
      transcriptVersionId: transcriptId,
      utteranceIds: [utteranceIdSchema.parse(`${transcriptId}:0`)],
      startMs: startedAt + 1000,
      endMs: startedAt + 3500,
      extractor: 'rules',
      model: null,
      promptRevision: '1',
    },
  };
  const active: ActiveDevice = {
    userId: user.id,
    clientId: device.clientId,
    deviceName: device.deviceName,
    isConnected: true,
    connectedAt: startedAt,
    capture: { ...capture, state: 'live', endedAt: null, endReason: null },
  };
  // Bob's device is connected, but he says nothing.
  const openConversation: ConversationId | null =
    user.email === 'bob@example.com' ? null : conversationId;
  return { user, device, capture, conversation, transcript, memory, active, openConversation };
}

function deviceOf(userId: UserId, deviceName: string): Device {
  return {
    clientId: clientIdSchema.parse(clientIdOf(userId, deviceName)),
    userId: userIdSchema.parse(userId),
    deviceName,
    firstSeenAt: startedAt,
    lastSeenAt: startedAt,
  };
}

/** Ten seconds in which every byte tells its place; notes how each reading of it ended. */
function tone(
  reads: { start: number; end: number; hasEnded: boolean }[],
  gaps: SoundRange['gaps'],
): SoundRange {
  return {
    format: speechFormat,
    byteCount: soundBytes,
    gaps,
    async *read(start, end) {
      const read = { start, end: start, hasEnded: false };
      reads.push(read);
      try {
        while (read.end < end) {
          const from = read.end;
          read.end = Math.min(end, from + 16 * 1024);
          yield soundSlice(from, read.end);
        }
      } finally {
        read.hasEnded = true;
      }
    },
  };
}

export const soundBytes = 320_000;

export function soundSlice(start: number, end: number): Uint8Array {
  return Uint8Array.from({ length: end - start }, (_, index) => ((start + index) * 31) % 251);
}

function userStore() {
  const users: User[] = [];
  return {
    async add(user: User) {
      users.push(user);
      return true;
    },
    find: async (id: UserId) => users.find((user) => user.id === id) ?? null,
    findByEmail: async (email: string) => users.find((user) => user.email === email) ?? null,
    list: async () => users,
    hasAdmin: async () => users.some((user) => user.isSuperuser),
  };
}

function healthBody(isSetupRequired: boolean): HealthBody {
  return {
    status: 'healthy',
    timestamp: Math.floor(startedAt / 1000),
    services: { storage: { status: '✅ Connected', healthy: true, critical: true } },
    config: { transcription_service: 'none' },
    overall_healthy: true,
    critical_services_healthy: true,
    setup_required: isSetupRequired,
  };
}
