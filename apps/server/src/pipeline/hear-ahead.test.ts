import { captureIdSchema, clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { durationMs, lengthMs, speechFormat, type Span } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { ProviderError } from '../base/index.ts';
import type { Capture, CaptureReader } from '../capture/index.ts';
import { createConversations, type Conversations } from '../conversations/index.ts';
import type { JobHandler } from '../jobs/index.ts';
import { noHints, type Transcriber } from '../transcription/index.ts';
import { enqueueHearAhead, hearAhead, hearAheadKind } from './hear-ahead.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const captureId = captureIdSchema.parse('1'.repeat(32));
const capture = { id: captureId, userId } as Capture;
const noon = 1_750_000_000_000;
const clock = fakeClock(noon);
const never = new AbortController().signal;
const whole = { startMs: 0, endMs: 100_000 };

let stores: SqliteStores;
let conversations: Conversations;
let heard: Span[];
let wordCount: number;

beforeEach(async () => {
  stores = openSqlite({ path: ':memory:', clock });
  conversations = createConversations(stores.conversations, clock, async () => undefined);
  heard = [];
  wordCount = 0;
  await conversations.open({
    userId,
    clientId: clientIdSchema.parse('aaaaaa-mic'),
    captureId,
    captureStartedAt: noon,
    startMs: 8_000,
    speechEndMs: 12_000,
  });
  const regions = [
    { startMs: 1_000, endMs: 3_000 },
    { startMs: 10_000, endMs: 12_000 },
    { startMs: 20_000, endMs: 25_000 },
    { startMs: 40_000, endMs: 50_000 },
  ];
  await stores.speech.record(userId, captureId, { regions, analyzedMs: 50_000 });
});
afterEach(() => stores.close());

/** Silence, and a note of where it was read. */
const captureReader = {
  async openRange(_user, spans) {
    const [span] = spans;
    if (!span) throw new Error('one is asked for');
    heard.push({ startMs: span.startMs, endMs: span.endMs });
    const byteCount = lengthMs(span) * 32;
    return {
      format: speechFormat,
      byteCount,
      gaps: [],
      read: async function* () {
        yield new Uint8Array(byteCount);
      },
    };
  },
} as Pick<CaptureReader, 'openRange'> as CaptureReader;

function engineOf(failure: ProviderError | null): Transcriber {
  return {
    name: 'test',
    capabilities: {
      timestamps: 'none',
      unit: 'utterance',
      diarization: false,
      keyterms: false,
      languages: 'any',
      concurrency: 1,
      maxAudioMs: 30_000,
    },
    live: null,
    probe: async () => ({ available: true, model: 'test' }),
    async transcribe({ pcm }) {
      if (failure) throw failure;
      const endMs = durationMs(speechFormat, pcm.length);
      const said = { startMs: 0, endMs, text: 'words', speaker: null, confidence: null, words: [] };
      return { kind: 'words', model: 'test', utterances: [said] };
    },
  };
}

async function run(untilMs: number, failure: ProviderError | null = null): Promise<unknown> {
  const engine = engineOf(failure);
  const pool = {
    choose: (tried?: ReadonlySet<Transcriber>) => (tried?.has(engine) ? null : engine),
    reportFailure: () => undefined,
    reportSuccess: () => undefined,
    reportAbandoned: () => undefined,
  };
  const handler: JobHandler = hearAhead({
    pieces: stores.pieces,
    pool,
    hintsOf: async () => noHints,
    speech: stores.speech,
    captureStore: { find: async () => capture },
    conversationStore: stores.conversations,
    captureReader,
    onWords: () => {
      wordCount += 1;
    },
  });
  await enqueueHearAhead(stores.jobs, capture, untilMs);
  const leased = await stores.jobs.claim(hearAheadKind, 60_000);
  if (!leased) throw new Error('it was asked for');
  return handler(leased.job, never);
}

describe('hearing ahead', () => {
  it('hears the speech of a conversation that goes on, but nothing that may be cut in a word', async () => {
    expect(await run(45_000)).toEqual({ kind: 'done' });
    expect(heard).toEqual([
      { startMs: 9_750, endMs: 12_250 },
      { startMs: 19_750, endMs: 25_250 },
    ]);
    const pieces = await stores.pieces.list(userId, captureId, whole);
    expect(pieces.map(({ pass, provider }) => [pass, provider])).toEqual([
      ['batch', 'test'],
      ['batch', 'test'],
    ]);
    expect(wordCount).toBe(2);
  });

  it('hears nothing twice', async () => {
    await run(30_000);
    heard = [];
    await run(60_000);
    expect(heard).toEqual([{ startMs: 39_750, endMs: 50_250 }]);
  });

  it('leaves to the end of the conversation what no engine can hear now', async () => {
    const gone = new ProviderError('test', 'transient', 'gone');
    expect(await run(30_000, gone)).toEqual({ kind: 'done' });
    expect(await stores.pieces.list(userId, captureId, whole)).toEqual([]);
    expect(wordCount).toBe(0);
  });

  it('does nothing for a conversation that is over: its own job hears what is left', async () => {
    const [open] = await stores.conversations.listByCapture(userId, captureId);
    await conversations.close(userId, open!.id, { reason: 'stop', endMs: 50_000, endedAt: noon });
    expect(await run(60_000)).toEqual({ kind: 'done' });
    expect(heard).toEqual([]);
  });
});
