import {
  captureIdSchema,
  clientIdSchema,
  conversationIdSchema,
  memoryIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
  type ConversationId,
  type TranscriptVersionId,
} from '@friend-lite/contract';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { AppError, derivedUuid, silentLog } from '../base/index.ts';
import { remember, type MemoryExtractor } from '../memory/index.ts';
import { judgeTranscript } from '../transcription/index.ts';
import { createConversations, type ConversationChange } from './conversations.ts';
import { createEdits, type Edits } from './edits.ts';
import { createPeople } from './people.ts';
import type { Conversation } from './ports.ts';
import { lengthOf } from './ranges.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const clientId = clientIdSchema.parse('aaaaaa-mic');
const noon = 1_750_000_000_000;
const minuteMs = 60_000;

let stores: SqliteStores;
let edits: Edits;
let requested: string[];
let uncropped: string[];
let conversations: ReturnType<typeof createConversations>;
const clock = fakeClock(noon);

beforeEach(() => {
  stores = openSqlite({ path: ':memory:', clock });
  [requested, uncropped] = [[], []];
  const onChange = async ({ conversation, effects }: ConversationChange) => {
    for (const { stage } of effects) {
      requested.push(`${stage}:${conversation.id}:${conversation.revision}`);
    }
  };
  conversations = createConversations(stores.conversations, clock, onChange);
  edits = createEdits({
    store: stores.conversations,
    edits: stores.edits,
    speech: stores.speech,
    memories: stores.memories,
    cropped: { remove: async (_user, id) => void uncropped.push(id) },
    people: createPeople(stores.people, clock),
    judge: (text) => judgeTranscript(text, 10),
    onChange,
    clock,
  });
});
afterEach(() => stores.close());

/** What is said when, in seconds of the recording, and what is remembered of it. */
type Said = readonly (readonly [fromS: number, toS: number, words: string])[];

const idOf = (name: string) => conversationIdSchema.parse(derivedUuid('conversation', name));
const memoryOf = (words: string) => memoryIdSchema.parse(derivedUuid('memory', words));

/** A closed conversation of a minute, of which each sentence was remembered. */
async function spoken(
  name: string,
  minute: number,
  said: Said,
  change: Partial<Conversation> = {},
  speaker: string | null = null,
): Promise<ConversationId> {
  const id = idOf(name);
  const captureStartedAt = noon + minute * minuteMs;
  const captureId = captureIdSchema.parse(minute.toString(16).padStart(32, '0'));
  const transcriptId = transcriptVersionIdSchema.parse(derivedUuid('words', name));
  const utterances = said.map(([fromS, toS, text], index) => ({
    id: utteranceIdSchema.parse(`${transcriptId}:${index}`),
    startMs: captureStartedAt + fromS * 1000,
    endMs: captureStartedAt + toS * 1000,
    text,
    speaker,
    confidence: null,
    words: [],
  }));
  await stores.conversations.add({
    id,
    userId,
    clientId,
    createdAt: captureStartedAt,
    startedAt: captureStartedAt,
    endedAt: captureStartedAt + minuteMs,
    phase: 'closed',
    closeReason: 'timeout',
    stages: {
      transcribe: { state: 'done', outcome: 'words' },
      extractMemories: { state: 'done', outcome: 'memories' },
      cropAudio: { state: 'done', outcome: 'cropped' },
    },
    ranges: [{ captureId, captureStartedAt, startMs: 0, endMs: minuteMs }],
    title: said[0]?.[2] ?? null,
    summary: null,
    activeTranscriptId: transcriptId,
    utteranceCount: said.length,
    memoryCount: said.length,
    coverage: 1,
    croppedSpans: [{ startMs: 0, endMs: 1000 }],
    revision: 0,
    isPinned: false,
    mergedInto: null,
    ...change,
  });
  await stores.conversations.addTranscript({
    id: transcriptId,
    conversationId: id,
    userId,
    provider: 'test',
    model: 'test',
    createdAt: noon,
    outcome: 'words',
    coverage: 1,
    utterances,
  });
  await stores.memories.addMissing(
    userId,
    utterances.map((utterance) => ({
      id: memoryOf(utterance.text),
      userId,
      clientId,
      kind: 'fact' as const,
      text: utterance.text,
      entities: [],
      validFrom: noon,
      validUntil: null,
      createdAt: noon,
      updatedAt: noon,
      provenance: {
        conversationId: id,
        transcriptVersionId: transcriptId,
        utteranceIds: [utterance.id],
        startMs: utterance.startMs,
        endMs: utterance.endMs,
        extractor: 'rules',
        model: null,
        promptRevision: '1',
      },
    })),
  );
  return id;
}

const find = async (id: ConversationId): Promise<Conversation> => {
  const conversation = await stores.conversations.find(userId, id);
  if (!conversation) throw new Error('not there');
  return conversation;
};

const wordsOf = async (id: ConversationId): Promise<readonly string[]> => {
  const { activeTranscriptId } = await find(id);
  const version =
    activeTranscriptId && (await stores.conversations.findTranscript(userId, activeTranscriptId));
  return version ? version.utterances.map(({ text }) => text) : [];
};

const remembered = async (id: ConversationId): Promise<readonly string[]> =>
  (await stores.memories.listByConversation(userId, id)).map(({ text }) => text);

/** Finds a memory in each utterance. */
const extractor: MemoryExtractor = {
  name: 'rules',
  model: null,
  revision: '1',
  async extract({ utterances }) {
    const [first, ...rest] = utterances.map(({ id, text }) => ({
      kind: 'fact' as const,
      text,
      entities: [],
      validFrom: noon,
      validUntil: null,
      utteranceIds: [id],
    }));
    return first
      ? { kind: 'memories', candidates: [first, ...rest] }
      : { kind: 'nothing-to-remember' };
  },
};

/** Does the jobs that were asked for, as the worker would; those of recognisers wait. */
async function settle(): Promise<void> {
  for (const request of requested.splice(0)) {
    const [stage, name, revision] = request.split(':');
    const id = conversationIdSchema.parse(name);
    const of = { userId, id, revision: Number(revision) };
    if (stage === 'cropAudio') {
      await conversations.advance(
        of,
        { type: 'audio-cropped', outcome: 'cropped' },
        { croppedSpans: [{ startMs: 0, endMs: 1000 }] },
      );
    } else if (stage === 'extractMemories') {
      const { activeTranscriptId } = await find(id);
      const transcript = await stores.conversations.findTranscript(userId, activeTranscriptId!);
      const outcome = await remember({
        transcript: transcript!,
        clientId,
        extractors: [extractor],
        log: silentLog,
        store: stores.memories,
        clock,
        signal: new AbortController().signal,
      });
      await conversations.advance(
        of,
        { type: 'memories-extracted', outcome: outcome.kind },
        { memoryCount: outcome.kind === 'memories' ? outcome.total : 0 },
      );
    } else {
      await conversations.advance(of, {
        type: 'stage-waiting',
        stage: 'transcribe',
        reason: 'no-transcriber',
      });
    }
  }
}

/** Everything of the conversations but how often they were edited. */
async function records(...ids: readonly ConversationId[]) {
  return Promise.all(
    ids.map(async (id) => ({
      ...(await find(id)),
      revision: null,
      versions: await stores.conversations.listTranscripts(userId, id),
      memories: await stores.memories.listByConversation(userId, id),
    })),
  );
}

const code = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error('it was not refused', { cause: error });
  return error.code;
};

const awaitingTranscriber: Partial<Conversation> = {
  phase: 'closing',
  stages: {
    transcribe: { state: 'waiting', reason: 'no-transcriber' },
    extractMemories: { state: 'pending' },
    cropAudio: { state: 'done', outcome: 'cropped' },
  },
};

const sentences: Said = [
  [1, 5, 'we plant the early potatoes'],
  [26, 33, 'across the cut but mostly before'],
  [40, 50, 'and then we water them'],
];

describe('splitting a conversation', () => {
  it('gives each part its sound, words, title and memories', async () => {
    const id = await spoken('garden', 0, sentences);
    const [first, second] = await edits.split(userId, id, 30_000);

    expect(first).toMatchObject({ id, startedAt: noon, endedAt: noon + 30_000, memoryCount: 2 });
    expect(second).toMatchObject({
      startedAt: noon + 30_000,
      endedAt: noon + minuteMs,
      closeReason: 'timeout',
      title: 'And then we water them',
      utteranceCount: 1,
      memoryCount: 1,
    });
    expect(await wordsOf(first.id)).toEqual(sentences.slice(0, 2).map(([, , text]) => text));
    expect(await wordsOf(second.id)).toEqual(['and then we water them']);
    expect(await remembered(second.id)).toEqual(['and then we water them']);
    const moved = await stores.memories.find(userId, memoryOf('and then we water them'));
    expect(moved?.provenance.transcriptVersionId).toBe(second.activeTranscriptId);
  });

  it('has the cropped sound of both parts made anew, and nothing recognised', async () => {
    const id = await spoken('garden', 0, sentences);
    const [first, second] = await edits.split(userId, id, 30_000);

    expect(uncropped).toEqual([id]);
    expect(requested).toEqual([`cropAudio:${id}:1`, `cropAudio:${second.id}:0`]);
    expect(first).toMatchObject({ phase: 'closing', croppedSpans: null });
    await settle();
    expect((await find(id)).phase).toBe('closed');
  });

  it('says that a part without words has none', async () => {
    const id = await spoken('garden', 0, sentences.slice(0, 1));
    const [, second] = await edits.split(userId, id, 30_000);
    expect(second).toMatchObject({
      title: null,
      stages: {
        transcribe: { state: 'done', outcome: 'silence' },
        extractMemories: { state: 'skipped', reason: 'no-words' },
      },
    });
  });

  it('has both parts transcribed where that had failed', async () => {
    const id = await spoken('garden', 0, [], {
      activeTranscriptId: null,
      stages: {
        transcribe: { state: 'failed', reason: 'provider-failed' },
        extractMemories: { state: 'skipped', reason: 'transcription-failed' },
        cropAudio: { state: 'done', outcome: 'cropped' },
      },
    });
    const [, second] = await edits.split(userId, id, 30_000);
    expect(requested).toContain(`transcribe:${id}:1`);
    expect(requested).toContain(`transcribe:${second.id}:0`);
  });

  it('leaves the title that a person gave to the first part', async () => {
    const id = await spoken('garden', 0, sentences, { title: 'Sunday' });
    const [first, second] = await edits.split(userId, id, 30_000);
    expect([first.title, second.title]).toEqual(['Sunday', 'And then we water them']);
  });

  it.each([0, -1, minuteMs, minuteMs + 1, NaN, Infinity])('is refused at %d ms', async (atMs) => {
    const id = await spoken('garden', 0, sentences);
    expect(await code(edits.split(userId, id, atMs))).toBe('edit_out_of_range');
    expect(await edits.history(userId, id)).toEqual([]);
  });

  it('is refused of one that is open, and while a job of it runs', async () => {
    const open = await spoken('garden', 0, sentences, { phase: 'open' });
    expect(await code(edits.split(userId, open, 1000))).toBe('conversation_busy');
    const busy = await spoken('harvest', 5, sentences, {
      phase: 'closing',
      stages: {
        transcribe: { state: 'done', outcome: 'words' },
        extractMemories: { state: 'pending' },
        cropAudio: { state: 'running' },
      },
    });
    expect(await code(edits.split(userId, busy, 1000))).toBe('conversation_busy');
  });

  it('does not wait for a recogniser: both parts wait for it then', async () => {
    const id = await spoken('garden', 0, [], { activeTranscriptId: null, ...awaitingTranscriber });
    const [, second] = await edits.split(userId, id, 30_000);
    await settle();
    for (const part of [id, second.id]) {
      expect((await find(part)).stages.transcribe).toEqual({
        state: 'waiting',
        reason: 'no-transcriber',
      });
    }
    const [restored] = await edits.undo(userId, id);
    expect(restored).toMatchObject({ phase: 'closing', endedAt: noon + minuteMs });
    expect(requested).toContain(`transcribe:${id}:2`);
  });

  it('does not know the conversation of another user', async () => {
    const id = await spoken('garden', 0, sentences);
    const other = userIdSchema.parse('b'.repeat(24));
    expect(await code(edits.split(other, id, 1000))).toBe('conversation_not_found');
  });
});

describe('merging conversations', () => {
  const late: Said = [[2, 4, 'later we harvest all of it']];

  it('puts sound, words and memories of all into the earliest', async () => {
    const second = await spoken('harvest', 5, late, { isPinned: true });
    const first = await spoken('garden', 0, sentences);
    const whole = await edits.merge(userId, [second, first]);

    expect(whole).toMatchObject({
      id: first,
      startedAt: noon,
      endedAt: noon + 6 * minuteMs,
      utteranceCount: 4,
      memoryCount: 4,
      isPinned: true,
    });
    expect(lengthOf(whole.ranges)).toBe(2 * minuteMs);
    expect(await wordsOf(first)).toEqual([...sentences, ...late].map(([, , text]) => text));
    expect(await remembered(first)).toHaveLength(4);
  });

  it('leaves the others unlisted, claiming nothing, saying where they went', async () => {
    const first = await spoken('garden', 0, sentences);
    const second = await spoken('harvest', 5, late);
    const { ranges } = await find(second);
    await edits.merge(userId, [first, second]);

    expect(await find(second)).toMatchObject({ mergedInto: first, ranges: [], phase: 'closed' });
    const { conversations: listed, total } = await stores.conversations.list(userId, {
      limit: 10,
      offset: 0,
    });
    expect([listed.map(({ id }) => id), total]).toEqual([[first], 1]);
    const claiming = await stores.conversations.listByCapture(userId, ranges[0]!.captureId);
    expect(claiming.map(({ id }) => id)).toEqual([first]);
    expect(await code(edits.split(userId, second, 1000))).toBe('conversation_merged');
  });

  it('is refused of one alone, of one twice, and of those that overlap', async () => {
    const first = await spoken('garden', 0, sentences);
    const second = await spoken('harvest', 5, late, {
      ranges: [{ ...(await find(first)).ranges[0]!, startMs: 59_000, endMs: 61_000 }],
    });
    for (const ids of [[first], [first, first], [first, second]]) {
      expect(await code(edits.merge(userId, ids))).toBe('not_mergeable');
    }
  });

  it('weighs the coverage of each with its speech', async () => {
    const first = await spoken('garden', 0, sentences);
    const second = await spoken('harvest', 5, late, { activeTranscriptId: null });
    for (const [id, seconds] of [
      [first, 30],
      [second, 10],
    ] as const) {
      const { captureId } = (await find(id)).ranges[0]!;
      const regions = [{ startMs: 0, endMs: seconds * 1000 }];
      await stores.speech.record(userId, captureId, { regions, analyzedMs: minuteMs });
    }
    expect((await edits.merge(userId, [first, second])).coverage).toBe(0.75);
  });

  it('loses everything of what it took in with the whole', async () => {
    const first = await spoken('garden', 0, sentences);
    const second = await spoken('harvest', 5, late);
    await edits.merge(userId, [first, second]);
    await stores.conversations.remove(userId, first);
    expect(await stores.conversations.find(userId, second)).toBeNull();
    expect(await stores.conversations.listTranscripts(userId, second)).toEqual([]);
    expect(await edits.history(userId, second)).toEqual([]);
  });
});

describe('an edited conversation', () => {
  it('that was transcribed in part keeps its words, and is transcribed whole', async () => {
    const first = await spoken('garden', 0, sentences);
    const second = await spoken('harvest', 5, [], {
      activeTranscriptId: null,
      stages: {
        transcribe: { state: 'failed', reason: 'provider-failed' },
        extractMemories: { state: 'skipped', reason: 'transcription-failed' },
        cropAudio: { state: 'done', outcome: 'cropped' },
      },
    });
    const whole = await edits.merge(userId, [first, second]);
    expect(whole.stages.transcribe.state).toBe('pending');
    expect(requested).toContain(`transcribe:${first}:1`);
    expect(await wordsOf(first)).toHaveLength(3);
  });

  it('is not changed by what was found out of its former claim', async () => {
    const id = await spoken('garden', 0, sentences);
    await edits.trim(userId, id, { startMs: 0, endMs: 10_000 });
    const trimmed = await find(id);
    const stale = await conversations.advance(
      { userId, id, revision: 0 },
      { type: 'audio-cropped', outcome: 'cropped' },
      { croppedSpans: [{ startMs: 0, endMs: minuteMs }] },
    );
    expect(stale).toBeNull();
    expect(await find(id)).toEqual(trimmed);
  });
});

describe('trimming a conversation', () => {
  it('keeps what is between, with its words, and their memories', async () => {
    const id = await spoken('garden', 0, sentences);
    const trimmed = await edits.trim(userId, id, { startMs: 20_000, endMs: Infinity });
    expect(trimmed).toMatchObject({ startedAt: noon + 20_000, endedAt: noon + minuteMs });
    expect(await wordsOf(id)).toEqual(sentences.slice(1).map(([, , text]) => text));
    expect(await remembered(id)).toEqual(sentences.slice(1).map(([, , text]) => text));
    expect(trimmed.memoryCount).toBe(2);
  });

  it('hides what was remembered of the rest until it is undone', async () => {
    const id = await spoken('garden', 0, sentences);
    await edits.trim(userId, id, { startMs: 0, endMs: 20_000 });
    const { memories } = await stores.memories.list(userId, { limit: 10, offset: 0 });
    expect(memories.map(({ text }) => text)).toEqual(['we plant the early potatoes']);
    expect(await stores.memories.search(userId, 'water', 10)).toEqual([]);
    await edits.undo(userId, id);
    expect(await remembered(id)).toHaveLength(3);
    expect(await stores.memories.search(userId, 'water', 10)).toHaveLength(1);
  });

  it('removes what it hid together with the conversation', async () => {
    const id = await spoken('garden', 0, sentences);
    await edits.trim(userId, id, { startMs: 0, endMs: 20_000 });
    expect(await stores.memories.removeByConversation(userId, id)).toBe(3);
  });

  it.each([
    [0, Infinity],
    [0, minuteMs],
    [5000, 5000],
    [6000, 5000],
    [0, minuteMs + 2],
    [minuteMs, Infinity],
  ])('is refused from %d to %d ms', async (startMs, endMs) => {
    const id = await spoken('garden', 0, sentences);
    expect(await code(edits.trim(userId, id, { startMs, endMs }))).toBe('edit_out_of_range');
  });
});

describe('another version of the words', () => {
  /** A second hearing of the garden, in which the second sentence is another one. */
  async function heardAgain(id: ConversationId): Promise<TranscriptVersionId> {
    const { activeTranscriptId } = await find(id);
    const first = await stores.conversations.findTranscript(userId, activeTranscriptId!);
    const versionId = transcriptVersionIdSchema.parse(derivedUuid('again', id));
    await stores.conversations.addTranscript({
      ...first!,
      id: versionId,
      provider: 'other',
      coverage: 0.9,
      utterances: first!.utterances.map((utterance, index) => ({
        ...utterance,
        id: utteranceIdSchema.parse(`${versionId}:${index}`),
        text: index === 1 ? 'across the hut but mostly before' : utterance.text,
      })),
    });
    return versionId;
  }

  it('becomes the active one, with its own memories alone, and back', async () => {
    const id = await spoken('garden', 0, sentences);
    const before = await records(id);
    const versionId = await heardAgain(id);
    const versions = await stores.conversations.listTranscripts(userId, id);
    await edits.activate(userId, id, versionId);
    await settle();
    expect(await find(id)).toMatchObject({
      activeTranscriptId: versionId,
      phase: 'closed',
      coverage: 0.9,
      memoryCount: 3,
      croppedSpans: [{ startMs: 0, endMs: 1000 }],
    });
    expect(uncropped).toEqual([]);
    expect(await remembered(id)).toContain('across the hut but mostly before');
    expect(await remembered(id)).not.toContain('across the cut but mostly before');
    await edits.undo(userId, id);
    await settle();
    expect(await records(id)).toEqual([{ ...before[0], versions }]);
  });

  it('is not read again where it was read before', async () => {
    const id = await spoken('garden', 0, sentences);
    const { activeTranscriptId: first } = await find(id);
    await edits.activate(userId, id, await heardAgain(id));
    await settle();
    await edits.activate(userId, id, first!);
    expect(requested).toEqual([]);
    expect(await remembered(id)).toContain('across the cut but mostly before');
  });

  it('is refused when it is of another conversation, or of sound that was cut off', async () => {
    const id = await spoken('garden', 0, sentences);
    const other = await spoken('harvest', 5, [[2, 4, 'later we harvest all of it']]);
    const foreign = (await find(other)).activeTranscriptId!;
    expect(await code(edits.activate(userId, id, foreign))).toBe('transcript_not_found');
    const whole = (await find(id)).activeTranscriptId!;
    await edits.trim(userId, id, { startMs: 0, endMs: 20_000 });
    await settle();
    expect(await code(edits.activate(userId, id, whole))).toBe('transcript_of_other_range');
  });

  it('is made by hand, and what was remembered of the old words goes', async () => {
    const id = await spoken('garden', 0, sentences);
    const before = await records(id);
    const versionId = (await find(id)).activeTranscriptId!;
    const texts = new Map([
      [utteranceIdSchema.parse(`${versionId}:1`), 'across the gut but mostly before'],
      [utteranceIdSchema.parse(`${versionId}:2`), ' '],
    ]);
    await edits.correct(userId, id, texts);
    await settle();
    const words = ['we plant the early potatoes', 'across the gut but mostly before'];
    expect(await wordsOf(id)).toEqual(words);
    expect(await remembered(id)).toEqual(words);
    const [, corrected] = await stores.conversations.listTranscripts(userId, id);
    expect(corrected).toMatchObject({ provider: 'test+hand' });
    await edits.undo(userId, id);
    await settle();
    expect(await records(id)).toEqual(before);
    const unknown = new Map([[utteranceIdSchema.parse('x:9'), 'x']]);
    expect(await code(edits.correct(userId, id, unknown))).toBe('segment_not_found');
  });

  it('does not take the speakers of two transcripts for each other', async () => {
    const ids = [
      await spoken('garden', 0, sentences.slice(0, 1), {}, 'Speaker 1'),
      await spoken('harvest', 5, [[2, 4, 'later we harvest all of it']], {}, 'Speaker 1'),
    ];
    const whole = await edits.merge(userId, ids);
    const version = await stores.conversations.findTranscript(userId, whole.activeTranscriptId!);
    expect(version?.utterances.map(({ speaker }) => speaker)).toEqual(['Speaker 1', 'Speaker 2']);
  });
});

describe('undoing', () => {
  it('brings back what was split, exactly', async () => {
    const id = await spoken('garden', 0, sentences);
    const before = await records(id);
    const [, second] = await edits.split(userId, id, 30_000);
    await settle();
    await edits.undo(userId, id);
    await settle();
    expect(await records(id)).toEqual(before);
    expect(await stores.conversations.find(userId, second.id)).toBeNull();
    expect(await edits.history(userId, id)).toMatchObject([{ kind: 'split', undoneAt: noon }]);
  });

  it('brings back what was merged, exactly', async () => {
    const ids = [
      await spoken('garden', 0, sentences),
      await spoken('harvest', 5, [[2, 4, 'later we harvest all of it']]),
    ];
    const before = await records(...ids);
    await edits.merge(userId, ids);
    await settle();
    const restored = await edits.undo(userId, ids[0]!);
    expect(restored.map(({ id }) => id)).toEqual(ids);
    await settle();
    expect(await records(...ids)).toEqual(before);
  });

  it('goes back through any edits, one at a time, to the beginning', async () => {
    const anyEdit = fc.oneof(
      fc.record({ kind: fc.constant('split' as const), at: fc.integer({ min: 1, max: 99 }) }),
      fc.record({ kind: fc.constant('trim' as const), at: fc.integer({ min: 1, max: 99 }) }),
      fc.record({ kind: fc.constant('merge' as const), at: fc.constant(0) }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyEdit, { minLength: 1, maxLength: 6 }), async (steps) => {
        run += 1;
        const said = sentences.map(([from, to, text]) => [from, to, `${text} ${run}`] as const);
        const id = await spoken(`garden ${run}`, run * 2, said);
        let parts: readonly ConversationId[] = [id];
        const before = await records(id);
        let done = 0;
        for (const { kind, at } of steps) {
          const place = Math.floor((lengthOf((await find(id)).ranges) * at) / 100);
          if (kind !== 'merge' && place === 0) continue;
          if (kind === 'split') {
            const [, second] = await edits.split(userId, id, place);
            parts = [...parts, second.id];
          } else if (kind === 'trim') await edits.trim(userId, id, { startMs: 0, endMs: place });
          else {
            if (parts.length < 2) continue;
            await edits.merge(userId, parts);
            parts = [id];
          }
          done += 1;
          await settle();
          const { memories } = await stores.memories.list(userId, { limit: 1000, offset: 0 });
          const texts = memories.map(({ text }) => text);
          expect(texts).toEqual([...new Set(texts)]);
        }
        for (; done > 0; done -= 1) {
          await edits.undo(userId, id);
          await settle();
        }
        expect(await records(id)).toEqual(before);
        expect(await code(edits.undo(userId, id))).toBe('nothing_to_undo');
      }),
      { numRuns: 40 },
    );
  });

  it('waits for a later edit of another part to be undone first', async () => {
    const id = await spoken('garden', 0, sentences);
    const [, second] = await edits.split(userId, id, 30_000);
    await settle();
    await edits.trim(userId, second.id, { startMs: 0, endMs: 10_000 });
    await settle();
    expect(await code(edits.undo(userId, id))).toBe('edit_superseded');
    await edits.undo(userId, second.id);
    await settle();
    await edits.undo(userId, id);
    expect(await wordsOf(id)).toHaveLength(3);
  });

  it('is refused while a job of the edit runs', async () => {
    const id = await spoken('garden', 0, sentences);
    const [{ revision }] = await edits.split(userId, id, 30_000);
    const job = { userId, id, revision };
    await conversations.advance(job, { type: 'stage-started', stage: 'cropAudio' });
    expect(await code(edits.undo(userId, id))).toBe('conversation_busy');
  });

  it('forgets what was remembered of the words of the edit', async () => {
    const tooShort = { state: 'skipped', reason: 'transcript-too-short' } as const;
    const short = async (name: string, minute: number, text: string) => {
      const id = await spoken(name, minute, [[1, 2, text]], {
        memoryCount: 0,
        stages: {
          transcribe: { state: 'done', outcome: 'words' },
          extractMemories: tooShort,
          cropAudio: { state: 'done', outcome: 'cropped' },
        },
      });
      await stores.memories.removeByConversation(userId, id);
      return id;
    };
    const ids = [await short('hello', 0, 'I like'), await short('tea', 1, 'green tea')];
    const before = await records(...ids);
    await edits.merge(userId, ids);
    await settle();
    expect(await find(ids[0]!)).toMatchObject({ phase: 'closed', memoryCount: 2 });
    await edits.undo(userId, ids[0]!);
    await settle();
    expect(await records(...ids)).toEqual(before);
    expect(await stores.memories.list(userId, { limit: 10, offset: 0 })).toMatchObject({
      total: 0,
    });
  });

  it('keeps what a person called and pinned since the edit', async () => {
    const id = await spoken('garden', 0, sentences);
    await edits.trim(userId, id, { startMs: 0, endMs: 10_000 });
    await settle();
    await conversations.annotate(userId, id, { title: 'Sunday', isPinned: true });
    await edits.undo(userId, id);
    expect(await find(id)).toMatchObject({ title: 'Sunday', isPinned: true, utteranceCount: 3 });
  });
});
