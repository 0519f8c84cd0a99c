import { Readable } from 'node:stream';
import {
  captureIdSchema,
  clientIdSchema,
  conversationIdSchema,
  userIdSchema,
  type CaptureId,
  type ConversationId,
} from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../adapters/sqlite/index.ts';
import { speechFormat } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { createCaptureUpkeep, type Segment, type SegmentRef } from '../capture/index.ts';
import {
  deleteConversation,
  dropCroppedSound,
  initialStages,
  type Conversation,
} from '../conversations/index.ts';
import { createErasure } from './erasure.ts';
import { createRetention } from './retention.ts';

const hour = 3_600_000;
const day = 24 * hour;
const userId = userIdSchema.parse('a'.repeat(24));
const other = userIdSchema.parse('b'.repeat(24));
const clientId = clientIdSchema.parse('aaaaaa-pin');
const never = new AbortController().signal;
const idOf = (letter: string): CaptureId => captureIdSchema.parse(letter.repeat(32));
const conversationIdOf = (digit: string): ConversationId =>
  conversationIdSchema.parse(`${digit.repeat(8)}-0000-4000-8000-000000000000`);

async function house() {
  const clock = fakeClock();
  const stores = openSqlite({ path: ':memory:', clock });
  const removed: string[] = [];
  const croppedRemoved: string[] = [];
  const pinned = new Set<ConversationId>();
  const files = {
    remove: async ({ captureId, index }: SegmentRef) =>
      void removed.push(`${captureId[0]}${index}`),
  };
  const cropped = {
    open: async () => ({ format: speechFormat, byteCount: 1000, read: () => Readable.from([]) }),
    remove: async (_: unknown, id: ConversationId) => void croppedRemoved.push(id[0] ?? ''),
  };
  const packing = {
    isPresent: async () => true,
    pack: async () => ({ kind: 'packed', fileBytes: 10 }) as const,
  };
  const upkeep = createCaptureUpkeep({ store: stores.upkeep, files, packing });
  const dropCropped = (user: typeof userId, id: ConversationId) =>
    dropCroppedSound({ store: stores.conversations, cropped }, user, id);
  const retention = createRetention({
    settings: stores.retentionSettings,
    unclaimedAudioHours: 72,
    records: stores.upkeep,
    captures: stores.captures,
    upkeep,
    listRemoved: (user, since) => stores.upkeep.listRemoved(user, since),
    conversations: stores.conversations,
    cropped,
    isPinned: ({ id }) => pinned.has(id),
    dropCropped,
    removeConversation: async (user, id) => {
      const forgetMemories = async () => 0;
      const deps = {
        store: stores.conversations,
        cropped,
        forgetMemories,
        forgetPieces: async () => undefined,
        people: stores.people,
      };
      await deleteConversation(deps, user, id);
    },
    clock,
  });
  const erasure = createErasure({
    captures: { active: () => [], end: () => false },
    captureStore: stores.captures,
    upkeep,
    conversations: stores.conversations,
    speech: stores.speech,
    dropCropped,
    records: stores.userRecords,
    files: {
      measure: async () => ({ fileCount: 0, byteCount: 0 }),
      removeAll: async () => ({ fileCount: 0, byteCount: 0 }),
    },
    stopJobs: async () => undefined,
    onErased: () => undefined,
    clock,
  });

  /** A capture of so many minutes that ended now, heard to its end, with conversations in it. */
  async function record(
    letter: string,
    minutes: number,
    conversations: Readonly<Record<string, readonly [number, number]>> = {},
    owner = userId,
  ): Promise<void> {
    const id = idOf(letter);
    await stores.captures.add({
      id,
      userId: owner,
      clientId,
      format: speechFormat,
      startedAt: clock.now() - minutes * 60_000,
      origin: 'live',
      state: 'sealed',
      awaySince: null,
      endedAt: clock.now(),
      endReason: 'stop',
    });
    for (let index = 0; index < minutes; index += 1) {
      const segment: Segment = {
        captureId: id,
        userId: owner,
        index,
        startMs: index * 60_000,
        byteCount: 1_920_000,
        durationMs: 60_000,
        gaps: [],
        lastSeq: null,
        isSealed: true,
      };
      await stores.captures.putSegment(segment);
    }
    await stores.speech.finish(owner, id);
    for (const [digit, [startMs, endMs]] of Object.entries(conversations)) {
      const conversation: Conversation = {
        id: conversationIdOf(digit),
        userId: owner,
        clientId,
        createdAt: clock.now(),
        startedAt: clock.now() - minutes * 60_000 + startMs,
        endedAt: clock.now() - minutes * 60_000 + endMs,
        phase: 'closed',
        closeReason: 'stop',
        stages: initialStages,
        ranges: [
          { captureId: id, captureStartedAt: clock.now() - minutes * 60_000, startMs, endMs },
        ],
        title: null,
        summary: null,
        activeTranscriptId: null,
        utteranceCount: 0,
        memoryCount: 0,
        coverage: null,
        croppedSpans: [{ startMs: 0, endMs: 1 }],
        revision: 0,
        isPinned: false,
        mergedInto: null,
      };
      await stores.conversations.add(conversation);
    }
  }

  const choose = (
    change: Partial<{ audioDays: number; conversationsDays: number; unclaimedAudioHours: number }>,
  ) =>
    stores.retentionSettings.put(userId, {
      audioDays: null,
      conversationsDays: null,
      unclaimedAudioHours: null,
      ...change,
    });
  return { clock, stores, removed, croppedRemoved, pinned, retention, erasure, record, choose };
}

describe('retention', () => {
  it('removes unclaimed sound 72 hours after its capture ended, and no other', async () => {
    const { clock, record, retention, removed, stores } = await house();
    await record('c', 6, { 1: [130_000, 170_000] });
    clock.advance(72 * hour - 1);
    expect((await retention.run(userId, never)).sound).toEqual([]);
    clock.advance(2);

    const plan = await retention.run(userId, never);

    expect(removed).toEqual(['c0', 'c1', 'c3', 'c4', 'c5']);
    expect(plan.byteCount).toBe(5 * 1_920_000);
    expect(plan.conversations).toEqual([]);
    const left = await stores.captures.segments(userId, idOf('c'));
    expect(
      left.filter(({ removedAt }) => removedAt === undefined).map(({ index }) => index),
    ).toEqual([2]);
    expect(left[0]?.removedAt).toBe(clock.now());
  });

  it('keeps unclaimed sound for ever where its owner says so, or as long as they say', async () => {
    const { clock, record, retention, removed, choose } = await house();
    await record('c', 2);
    await choose({ unclaimedAudioHours: 0 });
    clock.advance(1000 * day);
    await retention.run(userId, never);
    expect(removed).toEqual([]);
    await choose({ unclaimedAudioHours: 24_001 });
    await retention.run(userId, never);
    expect(removed).toEqual([]);
    await choose({ unclaimedAudioHours: 23_999 });
    await retention.run(userId, never);
    expect(removed).toEqual(['c0', 'c1']);
  });

  it('leaves sound alone that nobody has listened to yet', async () => {
    const { clock, record, retention, removed, stores } = await house();
    await record('c', 1);
    await stores.speech.record(userId, idOf('d'), { regions: [], analyzedMs: 0 });
    await stores.captures.add({
      id: idOf('d'),
      userId,
      clientId,
      format: speechFormat,
      startedAt: 0,
      origin: 'live',
      state: 'sealed',
      awaySince: null,
      endedAt: 1,
      endReason: 'lost',
    });
    await stores.captures.putSegment({
      captureId: idOf('d'),
      userId,
      index: 0,
      startMs: 0,
      byteCount: 2,
      durationMs: 1,
      gaps: [],
      lastSeq: null,
      isSealed: true,
    });
    clock.advance(80 * hour);
    await retention.run(userId, never);
    expect(removed).toEqual(['c0']);
  });

  it('lists in a dry run exactly what a run removes, and changes nothing', async () => {
    const { clock, record, retention, removed, choose, stores } = await house();
    await record('c', 4, { 1: [70_000, 110_000] });
    await record('d', 2, { 2: [1000, 100_000] });
    await choose({ audioDays: 10, conversationsDays: 20 });
    clock.advance(11 * day);
    const preview = await retention.preview(userId, never);
    expect(removed).toEqual([]);
    expect((await stores.conversations.list(userId, { limit: 9, offset: 0 })).total).toBe(2);
    const run = await retention.run(userId, never);
    expect(run).toEqual(preview);
    expect(removed).toHaveLength(6);
    expect(preview.byteCount).toBe(6 * 1_920_000 + 2 * 1000);
    expect((await retention.run(userId, never)).byteCount).toBe(0);
    expect((await retention.preview(userId, never)).conversations).toEqual([]);
  });

  it('drops the sound of old conversations and keeps the conversations', async () => {
    const { clock, record, retention, croppedRemoved, choose, stores } = await house();
    await record('c', 2, { 1: [1000, 50_000] });
    await choose({ audioDays: 1 });
    clock.advance(2 * day);
    const plan = await retention.run(userId, never);
    expect(plan.conversations.map(({ what }) => what)).toEqual(['sound']);
    expect(croppedRemoved).toEqual(['1']);
    const conversation = await stores.conversations.find(userId, conversationIdOf('1'));
    expect(conversation?.croppedSpans).toBeNull();
  });

  it('names a conversation once, when it loses sound, and not for what others lose', async () => {
    const { clock, record, retention, choose, stores } = await house();
    await record('c', 4, { 1: [1000, 50_000], 2: [130_000, 170_000] });
    const withoutCopy = (of: Conversation) => ({ ...of, croppedSpans: null });
    await stores.conversations.update(userId, conversationIdOf('1'), withoutCopy);
    await stores.conversations.update(userId, conversationIdOf('2'), withoutCopy);
    await stores.upkeep.markRemoved({ userId, captureId: idOf('c'), index: 0 }, clock.now());
    await choose({ audioDays: 1 });
    clock.advance(4 * day);
    const plan = await retention.run(userId, never);
    expect(plan.sound[0]?.segments.map(({ reason }) => reason)).toEqual([
      'unclaimed',
      'expired',
      'unclaimed',
    ]);
    expect(plan.conversations.map(({ conversation }) => conversation.id)).toEqual([
      conversationIdOf('2'),
    ]);
    expect((await retention.run(userId, never)).conversations).toEqual([]);
  });

  it('deletes old conversations whole, with sound that nobody else claims', async () => {
    const { clock, record, retention, removed, choose, stores } = await house();
    await record('c', 4, { 1: [1000, 100_000] });
    clock.advance(5 * day);
    await record('d', 1, { 2: [0, 60_000] });
    await choose({ conversationsDays: 4, unclaimedAudioHours: 0 });
    const plan = await retention.run(userId, never);
    expect(plan.conversations.map(({ what }) => what)).toEqual(['whole']);
    expect(removed).toEqual(['c0', 'c1']);
    expect(await stores.conversations.find(userId, conversationIdOf('1'))).toBeNull();
    expect(await stores.conversations.find(userId, conversationIdOf('2'))).not.toBeNull();
  });

  it('takes nothing from a pinned conversation', async () => {
    const { clock, record, retention, removed, croppedRemoved, choose, pinned } = await house();
    await record('c', 3, { 1: [1000, 100_000] });
    pinned.add(conversationIdOf('1'));
    await choose({ audioDays: 1, conversationsDays: 1, unclaimedAudioHours: 0 });
    clock.advance(1000 * day);
    await retention.run(userId, never);
    expect(removed).toEqual([]);
    expect(croppedRemoved).toEqual([]);
  });

  it('touches nobody else’s sound', async () => {
    const { clock, record, retention, removed } = await house();
    await record('c', 1, {}, other);
    clock.advance(100 * day);
    await retention.run(userId, never);
    expect(removed).toEqual([]);
  });

  it('removes the file again that a killed run had only noted', async () => {
    const { clock, record, retention, removed, stores } = await house();
    await record('c', 1);
    await stores.upkeep.markRemoved({ userId, captureId: idOf('c'), index: 0 }, clock.now());
    clock.advance(hour);
    await retention.run(userId, never);
    expect(removed).toEqual(['c0']);
    clock.advance(3 * day);
    await retention.run(userId, never);
    expect(removed).toEqual(['c0']);
  });
});

describe('deleting a recording', () => {
  it('removes it whole when no conversation claims it', async () => {
    const { record, erasure, removed, stores } = await house();
    await record('c', 2);
    expect(await erasure.removeCapture(userId, idOf('c'), false)).toEqual({
      segmentCount: 2,
      conversationCount: 0,
    });
    expect(removed).toEqual(['c0', 'c1']);
    expect(await stores.captures.find(userId, idOf('c'))).toBeNull();
    expect(await stores.userRecords.count(userId)).toMatchObject({
      segments: 0,
      speech_progress: 0,
    });
  });

  it('refuses while a conversation claims it, unless forced: then only the sound goes', async () => {
    const { record, erasure, removed, croppedRemoved, stores } = await house();
    await record('c', 2, { 1: [1000, 2000] });
    await expect(erasure.removeCapture(userId, idOf('c'), false)).rejects.toMatchObject({
      code: 'capture_claimed',
    });
    expect(removed).toEqual([]);
    expect(await erasure.removeCapture(userId, idOf('c'), true)).toEqual({
      segmentCount: 2,
      conversationCount: 1,
    });
    expect(removed).toEqual(['c0', 'c1']);
    expect(croppedRemoved).toEqual(['1']);
    expect(await stores.captures.find(userId, idOf('c'))).not.toBeNull();
    expect(await stores.conversations.find(userId, conversationIdOf('1'))).not.toBeNull();
  });

  it('refuses what goes on, and knows nobody else’s', async () => {
    const { record, erasure, stores } = await house();
    await record('c', 1, {}, other);
    await expect(erasure.removeCapture(userId, idOf('c'), true)).rejects.toMatchObject({
      code: 'capture_not_found',
    });
    await stores.captures.update(idOf('c'), { state: 'away' });
    await expect(erasure.removeCapture(other, idOf('c'), true)).rejects.toMatchObject({
      code: 'capture_in_progress',
    });
  });
});

describe('the recordings of a deleted conversation', () => {
  it('go in whole segments, but for what another conversation is near to', async () => {
    const { stores, erasure, removed, record } = await house();
    await record('a', 6, { 1: [65_000, 200_000], 2: [245_000, 300_000] });
    const conversation = await stores.conversations.find(userId, conversationIdOf('1'));
    if (!conversation) throw new Error('it was recorded');
    // It ends in the segment from 180 s to 240 s, and the other begins 5 s after that.
    expect(await erasure.removeSoundOf(conversation)).toBe(3);
    expect(removed).toEqual(['a1', 'a2', 'a3']);
    expect(await erasure.removeSoundOf(conversation)).toBe(0);
  });

  it('stay where another one claims some of them', async () => {
    const { stores, erasure, removed, record } = await house();
    await record('a', 3, { 1: [0, 100_000], 2: [100_000, 170_000] });
    const conversation = await stores.conversations.find(userId, conversationIdOf('1'));
    if (!conversation) throw new Error('it was recorded');
    await erasure.removeSoundOf(conversation);
    expect(removed).toEqual(['a0']);
  });

  it('stay where the recording goes on after it', async () => {
    const { stores, erasure, removed, record } = await house();
    await record('a', 3, { 1: [0, 100_000] });
    await stores.captures.update(idOf('a'), { state: 'live' });
    const conversation = await stores.conversations.find(userId, conversationIdOf('1'));
    if (!conversation) throw new Error('it was recorded');
    await erasure.removeSoundOf(conversation);
    expect(removed).toEqual(['a0']);
  });
});
