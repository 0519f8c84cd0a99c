import {
  captureIdSchema,
  clientIdSchema,
  conversationIdSchema,
  userIdSchema,
} from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { speechFormat } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { derivedUuid } from '../base/index.ts';
import type { Capture } from '../capture/index.ts';
import {
  createConversations,
  createPeople,
  createEdits,
  type Conversation,
  type ConversationChange,
  type Edits,
} from '../conversations/index.ts';
import { judgeTranscript } from '../transcription/index.ts';
import { createJoining, type Joining } from './join.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const clientId = clientIdSchema.parse('aaaaaa-mic');
const noon = 1_750_000_000_000;
const timeoutMs = 90_000;

let stores: SqliteStores;
let edits: Edits;
let joining: Joining;
let conversations: ReturnType<typeof createConversations>;

beforeEach(() => {
  const clock = fakeClock(noon);
  stores = openSqlite({ path: ':memory:', clock });
  // As if each job that is asked for were done at once.
  const onChange = async ({ conversation, effects }: ConversationChange) => {
    for (const { stage } of effects) {
      await conversations.advance(
        conversation,
        stage === 'cropAudio'
          ? { type: 'audio-cropped', outcome: 'no-speech' }
          : { type: 'stage-failed', stage, reason: 'provider-failed' },
      );
    }
    const current = await stores.conversations.find(userId, conversation.id);
    if (current) await joining.onClosed(current);
  };
  conversations = createConversations(stores.conversations, clock, onChange);
  edits = createEdits({
    store: stores.conversations,
    edits: stores.edits,
    speech: stores.speech,
    memories: stores.memories,
    cropped: { remove: async () => undefined },
    people: createPeople(stores.people, clock),
    judge: (text) => judgeTranscript(text, 10),
    onChange,
    clock,
  });
  joining = createJoining({
    store: stores.conversations,
    edits,
    captures: stores.captures,
    timeoutMs,
  });
});
afterEach(() => stores.close());

/** A conversation of the seconds after noon, each of a capture of its own. */
async function heard(
  fromS: number,
  toS: number,
  origin: Capture['origin'],
  change: Partial<Conversation> = {},
): Promise<Conversation> {
  const name = `${fromS}-${origin}-${change.clientId ?? ''}`;
  const captureId = captureIdSchema.parse(derivedUuid('capture', name).replaceAll('-', ''));
  const startedAt = noon + fromS * 1000;
  const endedAt = noon + toS * 1000;
  await stores.captures.add({
    id: captureId,
    userId,
    clientId,
    format: speechFormat,
    startedAt,
    origin,
    state: 'sealed',
    awaySince: null,
    endedAt,
    endReason: 'stop',
  });
  const conversation: Conversation = {
    id: conversationIdSchema.parse(derivedUuid(name)),
    userId,
    clientId,
    createdAt: startedAt,
    startedAt,
    endedAt,
    phase: 'closed',
    closeReason: 'stop',
    stages: {
      transcribe: { state: 'failed', reason: 'provider-failed' },
      extractMemories: { state: 'skipped', reason: 'transcription-failed' },
      cropAudio: { state: 'skipped', reason: 'no-speech' },
    },
    ranges: [{ captureId, captureStartedAt: startedAt, startMs: 0, endMs: endedAt - startedAt }],
    title: null,
    summary: null,
    activeTranscriptId: null,
    utteranceCount: 0,
    memoryCount: 0,
    coverage: null,
    croppedSpans: null,
    revision: 0,
    isPinned: false,
    mergedInto: null,
    ...change,
  };
  await stores.conversations.add(conversation);
  return conversation;
}

const listed = async () => {
  const { conversations: found } = await stores.conversations.list(userId, {
    limit: 10,
    offset: 0,
  });
  return found.toReversed().map((each) => [each.startedAt, each.endedAt].map(fromNoon));
};
const fromNoon = (epochMs: number | null) => epochMs && (epochMs - noon) / 1000;

describe('sound that came late', () => {
  it.each(['late', 'upload'] as const)(
    '(%s) joins what is near before and after',
    async (origin) => {
      await heard(10, 100, 'live');
      await heard(300, 400, 'live');
      await joining.onClosed(await heard(150, 250, origin));
      expect(await listed()).toEqual([[10, 400]]);
    },
  );

  it('joins up to the conversation timeout, and not beyond', async () => {
    await heard(10, 100, 'live');
    await joining.onClosed(await heard(190, 200, 'late'));
    await joining.onClosed(await heard(290.001, 300, 'late'));
    expect(await listed()).toEqual([
      [10, 200],
      [290.001, 300],
    ]);
  });

  it('joins in spite of clocks that are a second apart', async () => {
    await heard(10, 100, 'live');
    await joining.onClosed(await heard(99, 200, 'late'));
    expect(await listed()).toEqual([[10, 200]]);
  });

  it('joins the nearest alone, where others around it overlap', async () => {
    await heard(10, 100, 'upload');
    await heard(50, 150, 'upload');
    await joining.onClosed(await heard(160, 200, 'upload'));
    expect(await listed()).toEqual([
      [10, 100],
      [50, 200],
    ]);
  });

  it('leaves a pause in live sound as it is, also in what was joined before', async () => {
    await heard(100, 200, 'live');
    await joining.onClosed(await heard(50, 90, 'late'));
    await joining.onClosed(await heard(210, 300, 'live'));
    expect(await listed()).toEqual([
      [50, 200],
      [210, 300],
    ]);
  });

  it('is joined by a live conversation that closes after it', async () => {
    await heard(10, 100, 'late');
    await joining.onClosed(await heard(150, 250, 'live'));
    expect(await listed()).toEqual([[10, 250]]);
  });

  it('joins nothing twice', async () => {
    await heard(10, 100, 'live');
    const late = await heard(150, 250, 'late');
    await joining.onClosed(late);
    const merged = await stores.conversations.find(userId, late.id);
    if (merged) await joining.onClosed(merged);
    expect(await listed()).toEqual([[10, 250]]);
    expect(await edits.history(userId, late.id)).toMatchObject([{ kind: 'join' }]);
  });

  it.each(['open', 'closing'] as const)('does not join one that is %s', async (phase) => {
    await heard(10, 100, 'live', { phase });
    await joining.onClosed(await heard(150, 250, 'late'));
    expect(await listed()).toHaveLength(2);
  });

  it('does not join live with live, another device, or what it overlaps', async () => {
    await heard(10, 100, 'live');
    await joining.onClosed(await heard(101, 200, 'live'));
    const other = clientIdSchema.parse('aaaaaa-other');
    await joining.onClosed(await heard(150, 250, 'late', { clientId: other }));
    await joining.onClosed(await heard(50, 150, 'late'));
    expect(await listed()).toHaveLength(4);
  });

  it('does not join by itself when a person has edited it', async () => {
    const late = await heard(150, 250, 'late');
    await edits.trim(userId, late.id, { startMs: 0, endMs: 50_000 });
    await heard(10, 100, 'live');
    const trimmed = await stores.conversations.find(userId, late.id);
    if (trimmed) await joining.onClosed(trimmed);
    expect(await listed()).toEqual([
      [10, 100],
      [150, 200],
    ]);
  });

  it('leaves alone what a person has parted, or parts again', async () => {
    const live = await heard(10, 100, 'live');
    await edits.split(userId, live.id, 50_000);
    await joining.onClosed(await heard(150, 250, 'late'));
    expect(await listed()).toHaveLength(3);

    const early = await heard(1000, 1100, 'live');
    const late = await heard(1150, 1250, 'late');
    await joining.onClosed(late);
    await edits.undo(userId, early.id);
    const parted = await stores.conversations.find(userId, late.id);
    if (parted) await joining.onClosed(parted);
    expect(await listed()).toHaveLength(5);
  });
});
