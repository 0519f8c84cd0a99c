import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { durationMs, speechFormat } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { ProviderError, silentLog } from '../base/index.ts';
import { createConversations, createPeople, type Conversation } from '../conversations/index.ts';
import {
  createTranscriberPool,
  judgeTranscript,
  noHints,
  type HeardUtterance,
  type Transcriber,
  type TranscriberPool,
  type VoiceIdentifier,
} from '../transcription/index.ts';
import { transcribe, type TranscribeTools } from './transcribe-job.ts';
import { createVoiceListener } from './voices.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const captureId = captureIdSchema.parse('1'.repeat(32));
const noon = 1_750_000_000_000;
const never = new AbortController().signal;
const clock = fakeClock(noon);
const minuteMs = 60_000;

let stores: SqliteStores;
let pool: TranscriberPool;
let conversation: Conversation;
let conversations: ReturnType<typeof createConversations>;

/** Ten sentences of two seconds, half a minute apart; each second of the sound says which one it is. */
const sentenceStarts = Array.from({ length: 10 }, (_, index) => 10_000 + index * 30_000);

beforeEach(async () => {
  stores = openSqlite({ path: ':memory:', clock });
  conversations = createConversations(stores.conversations, clock, async () => undefined);
  const { id } = await conversations.open({
    userId,
    clientId: clientIdSchema.parse('aaaaaa-mic'),
    captureId,
    captureStartedAt: noon,
    startMs: 0,
    speechEndMs: 1000,
  });
  const endMs = 6 * minuteMs;
  await conversations.close(userId, id, { reason: 'stop', endMs, endedAt: noon + endMs });
  const regions = sentenceStarts.map((startMs) => ({ startMs, endMs: startMs + 2000 }));
  await stores.speech.record(userId, captureId, { regions, analyzedMs: endMs });
  conversation = await current();
});
afterEach(async () => {
  await pool.stop();
  stores.close();
});

async function current(): Promise<Conversation> {
  const [found] = await stores.conversations.listByCapture(userId, captureId);
  if (!found) throw new Error('it was opened');
  return found;
}

/** Sound in which every sample tells its second. */
async function* soundOf(startMs: number, endMs: number): AsyncIterable<Uint8Array> {
  const samples = new Int16Array(Math.round((endMs - startMs) * 16));
  for (const index of samples.keys()) samples[index] = Math.floor((startMs + index / 16) / 1000);
  yield new Uint8Array(samples.buffer);
}

/** Hears a sentence in each stretch, by the second in its middle; `script` may have it fail. */
function engineOf(
  script: (second: number) => ProviderError | null = () => null,
  isDiarizing = false,
): Transcriber & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    name: 'test',
    asked,
    capabilities: {
      timestamps: 'none',
      unit: 'utterance',
      diarization: isDiarizing,
      keyterms: false,
      languages: 'any',
      concurrency: 1,
      maxAudioMs: minuteMs,
    },
    live: null,
    probe: async () => ({ available: true, model: 'test' }),
    async transcribe({ pcm }) {
      const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.byteLength / 2);
      const second = samples[samples.length >> 1] ?? -1;
      asked.push(second);
      const failure = script(second);
      if (failure) throw failure;
      const utterance: HeardUtterance = {
        startMs: 0,
        endMs: durationMs(speechFormat, pcm.byteLength),
        text: `this was said at ${second}`,
        speaker: isDiarizing ? '0' : null,
        confidence: null,
        words: [],
      };
      return { kind: 'words', model: 'test', utterances: [utterance] };
    },
  };
}

const voicesBy = (identifier: VoiceIdentifier | null) =>
  createVoiceListener({ identifier, clock, log: silentLog });

/** Knows Ada's voice in the first minute, and hears another in the second. */
const identifier: VoiceIdentifier = {
  name: 'test',
  maxAudioMs: 600_000,
  probe: async () => ({ available: true, model: 'test' }),
  async identify({ pcm }) {
    const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.byteLength / 2);
    const fromMs = (samples[0] ?? 0) * 1000;
    return [
      { startMs: 0, endMs: minuteMs - fromMs, label: 'Ada', name: 'Ada' },
      { startMs: minuteMs - fromMs, endMs: 2 * minuteMs - fromMs, label: '1', name: null },
    ];
  },
};

async function toolsWith(
  engine: Transcriber | null,
  change: Partial<TranscribeTools> = {},
): Promise<TranscribeTools> {
  pool = createTranscriberPool({
    transcribers: engine ? [engine] : [],
    breaker: { failureThreshold: 100, openMs: { first: 1, longest: 1 }, refusedOpenMs: 1 },
    clock,
    log: silentLog,
  });
  await pool.start();
  return {
    conversations,
    conversationStore: stores.conversations,
    speech: stores.speech,
    pieces: stores.pieces,
    pool,
    isBeingHeard: () => false,
    openSound: async () => ({ format: speechFormat, durationMs: 6 * minuteMs, read: soundOf }),
    hintsOf: async () => noHints,
    voices: voicesBy(null),
    people: createPeople(stores.people, clock),
    judge: (text) => judgeTranscript(text, 10),
    finalPass: 'auto',
    skipPattern: null,
    clock,
    log: silentLog,
    ...change,
  };
}

async function run(tools: TranscribeTools) {
  const running = await conversations.advance(conversation, {
    type: 'stage-started',
    stage: 'transcribe',
  });
  if (!running) throw new Error('it is there');
  return transcribe(tools, running, never);
}

/** Words of the first sentence in one live session, of the second in another. */
async function heardLive(): Promise<void> {
  for (const [index, startMs] of sentenceStarts.slice(0, 2).entries()) {
    const span = { startMs, endMs: startMs + 2000 };
    await stores.pieces.add({
      ...span,
      userId,
      captureId,
      pass: 'live',
      provider: 'live',
      model: 'live',
      utterances: [
        {
          ...span,
          text: `heard live ${index}`,
          speaker: `s${startMs}:0`,
          confidence: null,
          words: [],
        },
      ],
    });
  }
}

const wordsOf = async () => {
  const versions = await stores.conversations.listTranscripts(userId, conversation.id);
  return versions.map(({ utterances }) => utterances.map(({ text }) => text));
};

describe('transcribing a conversation', () => {
  it('hears every sentence once, at its time, and keeps no pieces', async () => {
    const engine = engineOf();
    expect(await run(await toolsWith(engine))).toEqual({ kind: 'done' });
    expect(engine.asked).toEqual(sentenceStarts.map((ms) => ms / 1000 + 1));
    const [words] = await wordsOf();
    expect(words).toHaveLength(10);
    expect(await current()).toMatchObject({ utteranceCount: 10, coverage: 1 });
    const whole = { startMs: 0, endMs: 6 * minuteMs };
    expect(await stores.pieces.list(userId, captureId, whole)).toEqual([]);
  });

  it('goes on where a run was cut off', async () => {
    const dies = engineOf((second) =>
      second > 100 ? new ProviderError('test', 'timeout', 'no answer') : null,
    );
    await expect(run(await toolsWith(dies))).rejects.toMatchObject({ failure: 'timeout' });
    expect((await current()).stages.transcribe).toEqual({
      state: 'waiting',
      reason: 'transcriber-failing',
    });
    await pool.stop();
    const engine = engineOf();
    await run(await toolsWith(engine));
    expect(engine.asked.every((second) => second > 100)).toBe(true);
    expect((await wordsOf())[0]).toHaveLength(10);
  });

  it('names those whose voices are known, and tells apart those who are not', async () => {
    await run(await toolsWith(engineOf(), { voices: voicesBy(identifier) }));
    const [version] = await stores.conversations.listTranscripts(userId, conversation.id);
    const utterances = version?.utterances ?? [];
    expect(utterances.map(({ speaker }) => speaker).slice(0, 5)).toEqual([
      'Speaker 1',
      'Speaker 1',
      'Speaker 2',
      'Speaker 2',
      null,
    ]);
    const ids = utterances.map(({ id }) => id);
    const people = await stores.people.speakersOf(userId, ids);
    expect([...people].map(([id, { name }]) => [ids.indexOf(id), name])).toEqual([
      [0, 'Ada'],
      [1, 'Ada'],
    ]);
  });

  it('waits for no voices: without an answer the words stay as they are', async () => {
    let asked = 0;
    const broken: VoiceIdentifier = {
      ...identifier,
      async identify() {
        asked += 1;
        throw new ProviderError('test', 'transient', 'gone');
      },
    };
    await run(await toolsWith(engineOf(), { voices: voicesBy(broken) }));
    expect(asked).toBe(1);
    expect(await current()).toMatchObject({ utteranceCount: 10 });
    expect(await stores.people.list(userId)).toEqual([]);
  });

  it('hears from the recording only what was not heard live', async () => {
    await heardLive();
    const engine = engineOf();
    await run(await toolsWith(engine));
    expect(engine.asked).toHaveLength(8);
    const [words, ...others] = await wordsOf();
    expect(words?.slice(0, 3)).toEqual(['heard live 0', 'heard live 1', 'this was said at 71']);
    expect(others).toEqual([]);
  });

  it('hears all once more where that tells speakers apart, and keeps both', async () => {
    await heardLive();
    await run(await toolsWith(engineOf(() => null, true)));
    const [first, final] = await stores.conversations.listTranscripts(userId, conversation.id);
    expect(first?.provider).toBe('live+test');
    expect(final).toMatchObject({ provider: 'test', coverage: 1 });
    expect(final?.utterances).toHaveLength(10);
    expect((await current()).activeTranscriptId).toBe(final?.id);
  });

  it.each([
    ['never', true, 1],
    ['auto', false, 1],
    ['always', false, 2],
  ] as const)('with %s, diarizing %s, makes %d versions', async (finalPass, diarizes, count) => {
    await heardLive();
    await run(
      await toolsWith(
        engineOf(() => null, diarizes),
        { finalPass },
      ),
    );
    expect(await wordsOf()).toHaveLength(count);
  });

  it('is content with what it has where the second hearing fails', async () => {
    await heardLive();
    const engine = engineOf(
      (second) => (second < 50 ? new ProviderError('test', 'timeout', 'no answer') : null),
      true,
    );
    expect(await run(await toolsWith(engine))).toEqual({ kind: 'done' });
    expect(await wordsOf()).toHaveLength(1);
    expect((await current()).coverage).toBe(1);
  });

  it('says how much was refused, and fails where nothing else was heard', async () => {
    const refuses = (least: number) =>
      engineOf((second) =>
        second > least ? new ProviderError('test', 'bad-request', 'refused') : null,
      );
    await expect(run(await toolsWith(refuses(0)))).rejects.toMatchObject({
      failure: 'bad-request',
    });
    await pool.stop();
    await run(await toolsWith(refuses(200)));
    expect((await current()).coverage).toBeCloseTo(0.7);
  });

  it('waits for words that are on their way, and for somebody to ask', async () => {
    const tools = await toolsWith(engineOf(), { isBeingHeard: () => true });
    expect(await run(tools)).toMatchObject({ kind: 'postpone', reason: 'heard-live' });
    await pool.stop();
    expect(await run(await toolsWith(null))).toMatchObject({
      kind: 'postpone',
      reason: 'no-transcriber',
    });
    expect(await wordsOf()).toEqual([]);
  });
});
