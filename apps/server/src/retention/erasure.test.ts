import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  captureIdSchema,
  clientIdSchema,
  conversationIdSchema,
  memoryIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
  type UserId,
} from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { croppedFiles, segmentFiles, userFiles } from '../adapters/filesystem/index.ts';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { speechFormat } from '../audio/index.ts';
import { derivedUuid, systemClock } from '../base/index.ts';
import { createCaptureUpkeep, type ActiveDevice } from '../capture/index.ts';
import { initialStages } from '../conversations/index.ts';
import { createErasure } from './erasure.ts';

const ada = userIdSchema.parse('a'.repeat(24));
const bob = userIdSchema.parse('b'.repeat(24));

let dataDir: string;
let stores: SqliteStores;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'erasure-'));
  stores = openSqlite({ path: join(dataDir, 'friend-lite.db'), clock: systemClock });
});
afterEach(async () => {
  stores.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** A row in every store, and a file of every kind. `secret` is a word that only this user ever said. */
async function live(userId: UserId, secret: string): Promise<void> {
  const letter = userId[0] ?? '';
  const captureId = captureIdSchema.parse(letter.repeat(32));
  const clientId = clientIdSchema.parse(`${letter.repeat(6)}-pin`);
  const conversationId = conversationIdSchema.parse(derivedUuid('conversation', userId));
  const transcriptId = transcriptVersionIdSchema.parse(derivedUuid('transcript', userId));
  await stores.users.add({
    id: userId,
    email: `${letter}@example.com`,
    passwordHash: 'hash',
    displayName: null,
    isActive: true,
    isSuperuser: false,
    createdAt: 1,
  });
  await stores.devices.seen({
    userId,
    clientId,
    deviceName: 'Pin',
    firstSeenAt: 1,
    lastSeenAt: 2,
  });
  await stores.captures.add({
    id: captureId,
    userId,
    clientId,
    format: speechFormat,
    startedAt: 0,
    origin: 'live',
    state: 'sealed',
    awaySince: null,
    endedAt: 1000,
    endReason: 'stop',
  });
  const ref = { userId, captureId, index: 0 };
  const file = await segmentFiles(dataDir).create(ref, speechFormat);
  await file.append([new Uint8Array(32_000)], null);
  const byteCount = await file.seal();
  await stores.captures.putSegment({
    ...ref,
    startMs: 0,
    byteCount,
    durationMs: 1000,
    gaps: [],
    lastSeq: null,
    isSealed: true,
  });
  const region = { startMs: 0, endMs: 900 };
  await stores.speech.record(userId, captureId, { regions: [region], analyzedMs: 1000 });
  await stores.speech.finish(userId, captureId);
  await stores.conversations.add({
    id: conversationId,
    userId,
    clientId,
    createdAt: 1,
    startedAt: 0,
    endedAt: 900,
    phase: 'closed',
    closeReason: 'stop',
    stages: initialStages,
    ranges: [{ captureId, captureStartedAt: 0, ...region }],
    title: secret,
    summary: null,
    activeTranscriptId: transcriptId,
    utteranceCount: 1,
    memoryCount: 1,
    coverage: 1,
    croppedSpans: [region],
    revision: 0,
    isPinned: false,
    mergedInto: null,
  });
  const utteranceId = utteranceIdSchema.parse(`${transcriptId}:0`);
  await stores.conversations.addTranscript({
    id: transcriptId,
    conversationId,
    userId,
    provider: 'test',
    model: 'test',
    createdAt: 1,
    outcome: 'words',
    coverage: 1,
    utterances: [
      {
        id: utteranceId,
        startMs: 0,
        endMs: 900,
        text: secret,
        speaker: null,
        confidence: null,
        words: [],
      },
    ],
  });
  await stores.memories.addMissing(userId, [
    {
      id: memoryIdSchema.parse(derivedUuid('memory', userId)),
      userId,
      clientId,
      kind: 'fact',
      text: `they said ${secret}`,
      entities: [secret],
      validFrom: 0,
      validUntil: null,
      createdAt: 1,
      updatedAt: 1,
      provenance: {
        conversationId,
        transcriptVersionId: transcriptId,
        utteranceIds: [utteranceId],
        startMs: 0,
        endMs: 900,
        extractor: 'rules',
        model: null,
        promptRevision: '1',
      },
    },
  ]);
  const payload = { conversationId };
  await stores.jobs.enqueue({ kind: 'transcribe', key: `transcribe:${userId}`, userId, payload });
  await stores.retentionSettings.put(userId, {
    audioDays: 1,
    conversationsDays: null,
    unclaimedAudioHours: null,
  });
  await croppedFiles(dataDir).write(
    userId,
    conversationId,
    speechFormat,
    (async function* () {
      yield new Uint8Array(3200);
    })(),
  );
}

function erasureOf(devices: readonly ActiveDevice[] = [], stopJobs = async () => undefined) {
  const ended: string[] = [];
  const forgotten: UserId[] = [];
  const files = segmentFiles(dataDir);
  const packing = {
    isPresent: async () => false,
    pack: async () => ({ kind: 'missing' }) as const,
  };
  const erasure = createErasure({
    captures: {
      active: (userId) => devices.filter((device) => device.userId === userId),
      end: (_, clientId) => ended.push(clientId) > 0,
    },
    captureStore: stores.captures,
    upkeep: createCaptureUpkeep({ store: stores.upkeep, files, packing }),
    conversations: stores.conversations,
    speech: stores.speech,
    dropCropped: async () => undefined,
    records: stores.userRecords,
    files: userFiles(dataDir),
    stopJobs,
    onErased: (userId) => forgotten.push(userId),
    clock: systemClock,
  });
  return { erasure, ended, forgotten };
}

async function filesWith(text: string): Promise<readonly string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const isNamed = path.slice(dataDir.length).includes(text);
    if (isNamed || (entry.isFile() && (await readFile(path)).includes(text))) found.push(path);
  }
  return found;
}

const filled = {
  captures: 1,
  conversation_captures: 1,
  conversations: 1,
  devices: 1,
  jobs: 1,
  memories: 1,
  memory_owners: 1,
  retention_settings: 1,
  segments: 1,
  speech_progress: 1,
  speech_regions: 1,
  transcripts: 1,
};

describe('erasing a user', () => {
  it('leaves nothing of them in any table, file or forgotten page, and says what it removed', async () => {
    await live(ada, 'zanzibarine');
    await live(bob, 'quokkaesque');
    const { erasure, forgotten } = erasureOf();

    const erased = await erasure.eraseUser(ada);

    expect(erased.records).toMatchObject(filled);
    expect(erased.files).toEqual({ fileCount: 2, byteCount: 32_044 + 3244 });
    expect(forgotten).toEqual([ada]);
    expect(Object.values(await stores.userRecords.count(ada)).every((count) => count === 0)).toBe(
      true,
    );
    // Words as they were said, and as the word index keeps them.
    for (const text of ['zanzibarine', 'zanzibarin']) expect(await filesWith(text)).toEqual([]);
    // The account stays, so its id does: in the database, in one table.
    expect(await filesWith(ada)).toEqual([join(dataDir, 'friend-lite.db')]);
    expect(await stores.users.find(ada)).not.toBeNull();

    expect(await stores.userRecords.count(bob)).toMatchObject(filled);
    expect(await stores.memories.search(bob, 'quokkaesque', 5)).toHaveLength(1);
  });

  it('covers every table that names a user', async () => {
    const known = Object.keys(await stores.userRecords.count(ada));
    expect(known).toEqual(expect.arrayContaining(Object.keys(filled)));
    expect(known).not.toContain('users');
  });

  it('can be repeated, and then finds nothing', async () => {
    await live(ada, 'zanzibarine');
    const { erasure } = erasureOf();
    await erasure.eraseUser(ada);
    const again = await erasure.eraseUser(ada);
    expect(Object.values(again.records).every((count) => count === 0)).toBe(true);
    expect(again.files.fileCount).toBe(0);
  });

  it('refuses while a device is connected, and ends what only waits for one', async () => {
    await live(ada, 'zanzibarine');
    const clientId = clientIdSchema.parse('aaaaaa-pin');
    const device: ActiveDevice = {
      userId: ada,
      clientId,
      deviceName: 'Pin',
      isConnected: true,
      connectedAt: 0,
      capture: null,
    };
    await expect(erasureOf([device]).erasure.eraseUser(ada)).rejects.toMatchObject({
      code: 'devices_connected',
    });
    expect(await stores.userRecords.count(ada)).toMatchObject(filled);
    const away = erasureOf([{ ...device, isConnected: false }]);
    await away.erasure.eraseUser(ada);
    expect(away.ended).toEqual([clientId]);
  });

  it('removes what a job wrote while it was being stopped, and lets nothing in meanwhile', async () => {
    await live(ada, 'zanzibarine');
    let wasErasing = false;
    const { erasure } = erasureOf([], async () => {
      wasErasing = erasure.isErasing(ada);
      await stores.speech.finish(ada, captureIdSchema.parse('f'.repeat(32)));
      await expect(erasure.eraseUser(ada)).rejects.toMatchObject({ code: 'data_being_removed' });
    });
    const erased = await erasure.eraseUser(ada);
    expect(wasErasing).toBe(true);
    expect(erasure.isErasing(ada)).toBe(false);
    expect(erased.records.speech_progress).toBe(2);
    expect((await stores.userRecords.count(ada)).speech_progress).toBe(0);
  });
});
