import {
  captureIdSchema,
  clientIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
} from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { createConversations, type ConversationChange } from './conversations.ts';
import type { Conversation, ConversationStore } from './ports.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const opening = {
  userId,
  clientId: clientIdSchema.parse('aaaaaa-mic'),
  captureId: captureIdSchema.parse('c'.repeat(32)),
  captureStartedAt: 1_000_000,
  startMs: 2000,
  speechEndMs: 7000,
};

function setUp() {
  const records = new Map<string, Conversation>();
  const changes: ConversationChange[] = [];
  const store: Pick<ConversationStore, 'add' | 'find' | 'update' | 'addTranscript'> = {
    async add(conversation) {
      records.set(conversation.id, conversation);
    },
    find: async (_user, id) => records.get(id) ?? null,
    async update(_user, id, change) {
      const before = records.get(id);
      if (!before) return null;
      const after = change(before);
      records.set(id, after);
      return after;
    },
    addTranscript: async () => undefined,
  };
  const conversations = createConversations(store, fakeClock(), async (change) => {
    changes.push(change);
  });
  return { conversations, changes, recordOf: (id: string) => records.get(id) };
}

describe('conversations', () => {
  it('starts where its claim starts, not where its capture does', async () => {
    const { conversations } = setUp();
    const conversation = await conversations.open(opening);
    expect(conversation).toMatchObject({ startedAt: 1_002_000, endedAt: null, phase: 'open' });
  });

  it('closes once, at the end it was given, and asks for its jobs', async () => {
    const { conversations, changes, recordOf } = setUp();
    const { id } = await conversations.open(opening);
    const how = { reason: 'stop', endMs: 9000, endedAt: 1_009_000 } as const;
    await conversations.close(userId, id, how);
    await conversations.close(userId, id, { ...how, endMs: 20_000 });
    expect(recordOf(id)).toMatchObject({
      phase: 'closing',
      closeReason: 'stop',
      endedAt: 1_009_000,
      ranges: [{ startMs: 2000, endMs: 9000 }],
    });
    expect(changes.map(({ effects }) => effects.map(({ stage }) => stage))).toEqual([
      [],
      ['transcribe', 'cropAudio'],
      [],
    ]);
  });

  it('keeps what a stage found out, together with its outcome', async () => {
    const { conversations, recordOf } = setUp();
    const { id } = await conversations.open(opening);
    await conversations.close(userId, id, { reason: 'stop', endMs: 9000, endedAt: 1_009_000 });
    const activeTranscriptId = transcriptVersionIdSchema.parse(
      '00000000-0000-4000-8000-000000000001',
    );
    await conversations.advance(
      { userId, id, revision: 0 },
      { type: 'transcribed', verdict: 'words' },
      { activeTranscriptId, title: 'Tea', utteranceCount: 2, coverage: 1 },
    );
    expect(recordOf(id)).toMatchObject({ activeTranscriptId, title: 'Tea', utteranceCount: 2 });
  });

  it('does not let a repeated event overwrite what is known', async () => {
    const { conversations, recordOf } = setUp();
    const { id } = await conversations.open(opening);
    await conversations.close(userId, id, { reason: 'stop', endMs: 9000, endedAt: 1_009_000 });
    const done = { type: 'memories-extracted', outcome: 'memories' } as const;
    await conversations.advance({ userId, id, revision: 0 }, done, { memoryCount: 3 });
    await conversations.advance({ userId, id, revision: 0 }, done, { memoryCount: 0 });
    expect(recordOf(id)?.memoryCount).toBe(3);
  });

  it('takes a title for one that has none', async () => {
    const { conversations, recordOf } = setUp();
    const { id } = await conversations.open(opening);
    await conversations.close(userId, id, { reason: 'stop', endMs: 9000, endedAt: 1_009_000 });
    await conversations.annotate(userId, id, { title: 'Sunday' });
    await conversations.advance(
      { userId, id, revision: 0 },
      { type: 'transcribed', verdict: 'words' },
      { title: 'Tea' },
    );
    expect(recordOf(id)).toMatchObject({
      title: 'Sunday',
      stages: { transcribe: { state: 'done' } },
    });
  });

  it('no longer moves the end of a closed one', async () => {
    const { conversations, recordOf } = setUp();
    const { id } = await conversations.open(opening);
    await conversations.close(userId, id, { reason: 'stop', endMs: 9000, endedAt: 1_009_000 });
    await conversations.extend(userId, id, 30_000);
    expect(recordOf(id)?.ranges.at(-1)?.endMs).toBe(9000);
  });
});
