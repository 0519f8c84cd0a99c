import {
  captureIdSchema,
  clientIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
} from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { speechFormat } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { derivedUuid, silentLog } from '../base/index.ts';
import {
  createConversations,
  createPeople,
  type Conversation,
  type Conversations,
} from '../conversations/index.ts';
import type { Job } from '../jobs/index.ts';
import {
  judgeTranscript,
  noHints,
  createTranscriberPool,
  type Transcriber,
  type TranscriberPool,
} from '../transcription/index.ts';
import { enqueueStage, jobKinds, markStageFailed, stageHandlers } from './stage-jobs.ts';
import { createVoiceListener } from './voices.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const noon = 1_750_000_000_000;
const clock = fakeClock(noon);
const never = new AbortController().signal;

/** Hears one word, as long as the sound, in whatever it is given. */
const transcriber: Transcriber = {
  name: 'test',
  capabilities: {
    timestamps: 'none',
    unit: 'utterance',
    diarization: false,
    keyterms: false,
    languages: 'any',
    concurrency: 1,
    maxAudioMs: 60_000,
  },
  probe: async () => ({ available: true, model: 'test' }),
  transcribe: async ({ pcm }) => ({
    kind: 'words',
    model: 'test',
    utterances: [
      {
        startMs: 0,
        endMs: pcm.byteLength / 32,
        text: 'word',
        speaker: null,
        confidence: null,
        words: [],
      },
    ],
  }),
  live: null,
};

const breaker = {
  failureThreshold: 3,
  openMs: { first: 15_000, longest: 600_000 },
  refusedOpenMs: 600_000,
};

let stores: SqliteStores;
beforeEach(() => {
  stores = openSqlite({ path: ':memory:', clock });
});
afterEach(() => stores.close());

/** A closing conversation of two captures, the second of them an hour later. */
async function ofTwoCaptures(change: Partial<Conversation> = {}) {
  const conversations = createConversations(stores.conversations, clock, async () => undefined);
  const captureIds = ['1', '2'].map((digit) => captureIdSchema.parse(digit.repeat(32)));
  const [first, second] = captureIds;
  if (!first || !second) throw new Error('two were made');
  const { id } = await conversations.open({
    userId,
    clientId: clientIdSchema.parse('aaaaaa-mic'),
    captureId: first,
    captureStartedAt: noon,
    startMs: 2000,
    speechEndMs: 12_000,
  });
  await conversations.close(userId, id, { reason: 'stop', endMs: 12_000, endedAt: noon + 12_000 });
  const regions = [{ startMs: 4000, endMs: 6000 }];
  for (const captureId of captureIds) {
    await stores.speech.record(userId, captureId, { regions, analyzedMs: 12_000 });
  }
  const conversation = await stores.conversations.update(userId, id, (current) => ({
    ...current,
    ranges: [
      ...current.ranges,
      { captureId: second, captureStartedAt: noon + 3_600_000, startMs: 0, endMs: 10_000 },
    ],
    ...change,
  }));
  if (!conversation) throw new Error('it was opened');
  return { conversation, conversations };
}

/** What is on the disk of cropped sound. */
let croppedFiles: Set<string>;
beforeEach(() => {
  croppedFiles = new Set();
});

/** The handlers, with sound that is silent; `onRead` is told when some of it is read. */
function handlersOf(
  conversations: Conversations,
  pool: TranscriberPool,
  onRead: () => Promise<unknown> = async () => undefined,
) {
  return stageHandlers({
    conversations,
    conversationStore: stores.conversations,
    speech: stores.speech,
    memories: stores.memories,
    cropped: {
      async write(_user, id, _format, chunks) {
        await Array.fromAsync(chunks);
        croppedFiles.add(id);
      },
      remove: async (_user, id) => void croppedFiles.delete(id),
      open: async () => null,
    },
    pieces: stores.pieces,
    pool,
    isBeingHeard: () => false,
    hintsOf: async () => noHints,
    voices: createVoiceListener({ identifier: null, clock, log: silentLog }),
    people: createPeople(stores.people, clock),
    finalPass: 'auto',
    skipPattern: null,
    log: silentLog,
    extractors: [
      {
        name: 'test',
        model: null,
        revision: '1',
        async extract({ utterances: [first] }) {
          await onRead();
          if (!first) return { kind: 'nothing-to-remember' };
          const { id, text, startMs } = first;
          const memory = { kind: 'fact' as const, text, entities: [], utteranceIds: [id] };
          return {
            kind: 'memories',
            candidates: [{ ...memory, validFrom: startMs, validUntil: null }],
          };
        },
      },
    ],
    openSound: async () => ({
      format: speechFormat,
      durationMs: 20_000,
      async *read(startMs, endMs) {
        await onRead();
        yield new Uint8Array((endMs - startMs) * 32);
      },
    }),
    planCrop: (regions) => regions,
    judge: (text) => judgeTranscript(text, 10),
    clock,
  });
}

describe('transcribing', () => {
  it('puts words at the time they were spoken, also after time that is not claimed', async () => {
    const { conversation, conversations } = await ofTwoCaptures({ title: 'Named meanwhile' });
    const pool = createTranscriberPool({
      transcribers: [transcriber],
      breaker,
      clock,
      log: silentLog,
    });
    await pool.start();
    const handlers = handlersOf(conversations, pool);
    await enqueueStage(stores.jobs, conversation, 'transcribe');
    const leased = await stores.jobs.claim(jobKinds.transcribe, 1000);
    if (!leased) throw new Error('it was enqueued');
    await handlers[jobKinds.transcribe]?.(leased.job, never);
    await pool.stop();

    const [version] = await stores.conversations.listTranscripts(userId, conversation.id);
    const heard = version?.utterances.map(({ startMs }) => startMs - noon) ?? [];
    expect(heard).toHaveLength(2);
    // Speech of 4 to 6 s of each capture, with a little before it.
    for (const [index, startMs] of [4000, 3_604_000].entries()) {
      expect(Math.abs((heard[index] ?? 0) - startMs)).toBeLessThan(500);
    }
    expect(await stores.conversations.find(userId, conversation.id)).toMatchObject({
      title: 'Named meanwhile',
      utteranceCount: 2,
    });
  });
});

describe('a job', () => {
  const pool = createTranscriberPool({ transcribers: [], breaker, clock, log: silentLog });

  async function run(
    conversation: Conversation,
    stage: 'cropAudio' | 'extractMemories',
    handlers: ReturnType<typeof handlersOf>,
  ) {
    await enqueueStage(stores.jobs, conversation, stage);
    const leased = await stores.jobs.claim(jobKinds[stage], 1000);
    if (!leased) throw new Error('it was enqueued');
    await handlers[jobKinds[stage]]?.(leased.job, never);
  }

  it.each(['cropAudio', 'extractMemories'] as const)(
    '(%s) leaves nothing of a conversation that was deleted while it ran',
    async (stage) => {
      const { conversation, conversations } = await ofTwoCaptures();
      const { id } = conversation;
      const versionId = transcriptVersionIdSchema.parse(derivedUuid('words'));
      await stores.conversations.addTranscript({
        id: versionId,
        conversationId: id,
        userId,
        provider: 'test',
        model: 'test',
        createdAt: noon,
        outcome: 'words',
        coverage: 1,
        utterances: [
          {
            id: utteranceIdSchema.parse(`${versionId}:0`),
            startMs: noon + 4000,
            endMs: noon + 6000,
            text: 'something that nobody may keep',
            speaker: null,
            confidence: null,
            words: [],
          },
        ],
      });
      await conversations.advance(
        conversation,
        { type: 'transcribed', verdict: 'words' },
        { activeTranscriptId: versionId },
      );
      const handlers = handlersOf(conversations, pool, () =>
        stores.conversations.remove(userId, id),
      );
      await run(conversation, stage, handlers);
      expect(await stores.conversations.find(userId, id)).toBeNull();
      expect(await stores.memories.listByConversation(userId, id)).toEqual([]);
      expect([...croppedFiles]).toEqual([]);
    },
  );

  it('that was asked for before an edit does nothing after it, nor does its failure', async () => {
    const { conversation, conversations } = await ofTwoCaptures({ revision: 1 });
    const before = { ...conversation, revision: 0 };
    await run(before, 'cropAudio', handlersOf(conversations, pool));
    expect([...croppedFiles]).toEqual([]);
    const job = await stores.jobs.findByKey(`crop-audio:${conversation.id}`);
    if (job) await markStageFailed(conversations, job, new Error('too late'));
    expect(await stores.conversations.find(userId, conversation.id)).toEqual(conversation);
  });

  it('stops reading sound once it is given up', async () => {
    const { conversation, conversations } = await ofTwoCaptures();
    const handlers = handlersOf(conversations, pool);
    await enqueueStage(stores.jobs, conversation, 'cropAudio');
    const leased = await stores.jobs.claim(jobKinds.cropAudio, 1000);
    if (!leased) throw new Error('it was enqueued');
    const givenUp = handlers[jobKinds.cropAudio]?.(leased.job, AbortSignal.abort());
    await expect(givenUp).rejects.toThrow('aborted');
    expect([...croppedFiles]).toEqual([]);
  });
});

describe('the job of a stage', () => {
  const ask = async (conversation: Conversation): Promise<void> => {
    await enqueueStage(stores.jobs, conversation, 'cropAudio');
  };
  const keyed = (key: string): Promise<Job | null> => stores.jobs.findByKey(key);

  it('is there once, and once more after each edit', async () => {
    const { conversation } = await ofTwoCaptures();
    await ask(conversation);
    await ask(conversation);
    expect(await keyed(`crop-audio:${conversation.id}`)).not.toBeNull();
    expect(await keyed(`crop-audio:${conversation.id}:1`)).toBeNull();
    await ask({ ...conversation, revision: 1 });
    expect(await keyed(`crop-audio:${conversation.id}:1`)).not.toBeNull();
    expect(await stores.jobs.countByState()).toMatchObject({ queued: 2 });
  });
});
