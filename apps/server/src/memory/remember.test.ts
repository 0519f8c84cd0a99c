import {
  clientIdSchema,
  conversationIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
} from '@friend-lite/contract';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { derivedUuid, ProviderError, silentLog } from '../base/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import type { TranscriptVersion } from '../conversations/index.ts';
import type { Candidate, MemoryExtractor } from './extractor.ts';
import type { Memory, MemoryStore } from './ports.ts';
import { remember } from './remember.ts';

const userId = userIdSchema.parse('0123456789abcdef01234567');
const clientId = clientIdSchema.parse('234567-phone');
const clock = fakeClock();
const signal = new AbortController().signal;

/** Keeps memories in a list, and finds those that share a word with the query. */
function memoryStore() {
  const memories: Memory[] = [];
  const searches: number[] = [];
  const store: MemoryStore = {
    addMissing: async (_user, added) => {
      const fresh = added.filter(({ id }) => !memories.some((memory) => memory.id === id));
      memories.push(...fresh);
      return fresh.length;
    },
    find: async (_user, id) => memories.find((memory) => memory.id === id) ?? null,
    removeByConversation: async () => 0,
    placesOf: async () => [],
    list: async () => ({ memories, total: memories.length }),
    listByConversation: async (_user, id) =>
      memories.filter(({ provenance }) => provenance.conversationId === id),
    search: async (_user, query, limit) => {
      searches.push(limit);
      const words = new Set(query.toLowerCase().match(/\w+/g));
      return memories
        .filter(({ text }) =>
          text
            .toLowerCase()
            .match(/\w+/g)
            ?.some((word) => words.has(word)),
        )
        .slice(0, limit)
        .map((memory) => ({ memory, score: 1 }));
    },
  };
  return { store, memories, searches };
}

function transcriptOf(name: string): TranscriptVersion {
  const id = transcriptVersionIdSchema.parse(derivedUuid('transcript', name));
  return {
    id,
    conversationId: conversationIdSchema.parse(derivedUuid('conversation', name)),
    userId,
    provider: 'test',
    model: 'test',
    createdAt: 0,
    outcome: 'words',
    coverage: 1,
    utterances: [0, 1, 2, 3].map((index) => ({
      id: utteranceIdSchema.parse(`${id}:${index}`),
      startMs: 1_000 * index,
      endMs: 1_000 * index + 800,
      text: 'words',
      speaker: null,
      confidence: null,
      words: [],
    })),
  };
}

type Draft = Partial<Omit<Candidate, 'utteranceIds'>> & { text: string; from?: readonly number[] };

function extractorOf(transcript: TranscriptVersion, drafts: readonly Draft[]): MemoryExtractor {
  const [first, ...rest] = drafts.map(({ from = [0], ...draft }): Candidate => ({
    kind: 'fact',
    entities: [],
    validFrom: 0,
    validUntil: null,
    ...draft,
    utteranceIds: from.map((index) => utteranceIdSchema.parse(`${transcript.id}:${index}`)),
  }));
  return {
    name: 'scripted',
    model: 'a-model',
    revision: 'r1',
    extract: async () =>
      first ? { kind: 'memories', candidates: [first, ...rest] } : { kind: 'nothing-to-remember' },
  };
}

describe('remember', () => {
  let held: ReturnType<typeof memoryStore>;
  beforeEach(() => (held = memoryStore()));

  const run = (conversation: string, ...drafts: readonly Draft[]) => {
    const transcript = transcriptOf(conversation);
    const extractor = extractorOf(transcript, drafts);
    return remember({
      transcript,
      clientId,
      extractors: [extractor],
      store: held.store,
      clock,
      log: silentLog,
      signal,
    });
  };

  it('stores a statement with where it comes from', async () => {
    const outcome = await run('a', {
      kind: 'commitment',
      text: 'I will call David on Monday.',
      entities: ['David'],
      validFrom: 1_000,
      validUntil: 9_000,
      from: [1, 2],
    });
    const { id, conversationId } = transcriptOf('a');
    expect(outcome).toEqual({ kind: 'memories', added: 1, total: 1 });
    expect(held.memories).toMatchObject([
      {
        userId,
        clientId,
        kind: 'commitment',
        text: 'I will call David on Monday.',
        entities: ['David'],
        validFrom: 1_000,
        validUntil: 9_000,
        createdAt: clock.now(),
        provenance: {
          conversationId,
          transcriptVersionId: id,
          utteranceIds: [`${id}:1`, `${id}:2`],
          startMs: 1_000,
          endMs: 2_800,
          extractor: 'scripted',
          model: 'a-model',
          promptRevision: 'r1',
        },
      },
    ]);
  });

  it('says so when there is nothing to remember', async () => {
    expect(await run('a')).toEqual({ kind: 'nothing-to-remember' });
  });

  it('writes once however often it runs', async () => {
    const texts = fc.array(
      fc.constantFrom('I live in Boston.', 'I love tea.', 'My name is Ann.', 'I work at Google.'),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (drawn) => {
        held = memoryStore();
        const drafts = drawn.map((text) => ({ text }));
        const first = await run('a', ...drafts);
        const stored = [...held.memories];
        const second = await run('a', ...drafts);
        expect(held.memories).toEqual(stored);
        if (first.kind === 'memories')
          expect(second).toEqual({ kind: 'memories', added: 0, total: first.total });
        else expect(second).toEqual(first);
      }),
      { numRuns: 50 },
    );
  });

  it('tells a statement once that was made twice in other words', async () => {
    await run(
      'a',
      { text: "I'm working at the hospital in Boston." },
      { text: 'I am working at the hospital in Boston' },
      { text: 'I work at hospitals in Boston.' },
      { text: 'I work at the university in Boston.' },
    );
    expect(held.memories.map(({ text }) => text)).toEqual([
      "I'm working at the hospital in Boston.",
      'I work at the university in Boston.',
    ]);
  });

  it('keeps opposites, other subjects and other days apart', async () => {
    await run(
      'a',
      { text: 'I like coffee.', kind: 'preference' },
      { text: 'I do not like coffee.', kind: 'preference' },
      { text: 'My brother lives in Boston near the park.', kind: 'person' },
      { text: 'My sister lives in Boston near the park.', kind: 'person' },
      { text: 'I need to pay the rent on Friday.', kind: 'commitment', validUntil: 1 },
      { text: 'I need to pay the rent on Friday.', kind: 'event', validUntil: 2 },
    );
    expect(held.memories).toHaveLength(6);
  });

  it('does not add what another conversation already gave', async () => {
    await run('a', { text: 'I live in Boston.' });
    expect(await run('b', { text: 'I live in Boston' })).toEqual({ kind: 'nothing-to-remember' });
    expect(await run('c', { text: 'i live in boston.' }, { text: 'I love tea.' })).toEqual({
      kind: 'memories',
      added: 1,
      total: 1,
    });
    expect(held.memories).toHaveLength(2);
  });

  it('adds it when it is for another day', async () => {
    await run('a', { text: 'I need to pay the rent on Friday.', validUntil: 7 });
    await run('b', { text: 'I need to pay the rent on Friday.', validUntil: 14 });
    expect(held.memories).toHaveLength(2);
  });

  it('drops a statement that names no utterance of the transcript', async () => {
    expect(await run('a', { text: 'I live in Boston.', from: [17] })).toEqual({
      kind: 'nothing-to-remember',
    });
  });

  it('asks the store for few memories at a time', async () => {
    await run('a', { text: 'I live in Boston.' }, { text: 'I love tea.' });
    expect(held.searches).toEqual([10, 10]);
  });

  it('has the next extractor read what one cannot', async () => {
    const transcript = transcriptOf('a');
    const rules = { ...extractorOf(transcript, [{ text: 'I love tea.' }]), name: 'rules' };
    const model: MemoryExtractor = {
      ...rules,
      name: 'model',
      extract: async () => {
        throw new ProviderError('model', 'transient', 'gone');
      },
    };
    const request = { transcript, clientId, store: held.store, clock, log: silentLog, signal };
    const outcome = await remember({ ...request, extractors: [model, rules] });
    expect(outcome).toEqual({ kind: 'memories', added: 1, total: 1 });
    expect(held.memories[0]?.provenance.extractor).toBe('rules');
    await expect(remember({ ...request, extractors: [model] })).rejects.toThrow('gone');
  });

  it('stores nothing after it was stopped', async () => {
    const transcript = transcriptOf('a');
    const stop = new AbortController();
    const extractor: MemoryExtractor = {
      ...extractorOf(transcript, []),
      extract: async () => {
        stop.abort(new Error('stopped'));
        return extractorOf(transcript, [{ text: 'I live in Boston.' }]).extract(
          { utterances: [] },
          signal,
        );
      },
    };
    const running = remember({
      transcript,
      clientId,
      extractors: [extractor],
      store: held.store,
      clock,
      log: silentLog,
      signal: stop.signal,
    });
    await expect(running).rejects.toThrow('stopped');
    expect(held.memories).toEqual([]);
  });
});
