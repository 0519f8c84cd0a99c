import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@friend-lite/client';
import {
  isInstalled,
  pocketSphinxProgram,
  pocketSphinxRecogniser,
  speakDialogue,
  startWyomingServer,
  walkDialogue,
  walkVoices,
  wordRecall,
} from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { bytesPerMs, speak } from '../harness/microphone.ts';
import { startServerProcess, temporaryDirectory } from '../harness/server-process.ts';
import { download, signIn, untilClosed, walkEnvironment } from '../harness/walk.ts';

const kills = Number(process.env.KILLS ?? 6);
const seed = Number(process.env.SEED ?? 20260101);
const atOnce = 2;
/** What one kill may cost, by the law of durability. */
const maxLossMs = 250;

interface Outcome {
  readonly killedAtMs: number;
  readonly stage: string;
  readonly conversationCount: number;
  readonly state: string;
  readonly recall: number;
  readonly lostMs: number;
  readonly isOtherwiseEqual: boolean;
  readonly memories: readonly string[];
}

describe.skipIf(!isInstalled('flite') || !isInstalled(pocketSphinxProgram))(
  `kill -9 at ${kills} random moments of a walk (seed ${seed})`,
  () => {
    it('ends complete each time, with at most 250 ms of sound lost and no memory twice', async () => {
      const dialogue = walkDialogue.slice(4, 10);
      const text = dialogue.map((line) => line.text).join(' ');
      const { pcm } = await speakDialogue(dialogue, { voices: walkVoices });
      // While it speaks, while it waits for silence, and while it is being understood.
      const spanMs = pcm.length / bytesPerMs + 14_000;
      const random = mulberry32(seed);
      const moments = Array.from({ length: kills }, () => 300 + random() * spanMs);

      const outcomes: Outcome[] = [];
      const worker = async (): Promise<void> => {
        for (let moment = moments.pop(); moment !== undefined; moment = moments.pop()) {
          outcomes.push(await killedWalk(pcm, text, moment));
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      console.table(
        outcomes.map(({ killedAtMs, stage, state, recall, lostMs, memories }) => ({
          'killed at (s)': (killedAtMs / 1000).toFixed(1),
          while: stage,
          'in the end': state,
          recall: recall.toFixed(2),
          'lost (ms)': lostMs.toFixed(0),
          memories: memories.length,
        })),
      );

      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          conversationCount: 1,
          state: 'closed',
          isOtherwiseEqual: true,
        });
        expect(outcome.lostMs).toBeLessThanOrEqual(maxLossMs);
        expect(outcome.recall).toBeGreaterThanOrEqual(0.75);
        expect(new Set(outcome.memories).size).toBe(outcome.memories.length);
        expect(outcome.memories.length).toBeGreaterThanOrEqual(1);
      }
    });
  },
);

async function killedWalk(pcm: Uint8Array, text: string, killAtMs: number): Promise<Outcome> {
  using directory = temporaryDirectory();
  const recogniser = await startWyomingServer({ recognise: pocketSphinxRecogniser() });
  let server = await startServerProcess(directory.path, walkEnvironment(recogniser));
  const environment = { ...walkEnvironment(recogniser), PORT: new URL(server.url).port };
  try {
    const { client, token } = await signIn(server.url);
    const killed = sleep(killAtMs).then(async () => {
      const stage = await stateNow(client);
      await server.kill();
      server = await startServerProcess(directory.path, environment);
      return stage;
    });
    const stream = await speak({
      url: server.url,
      token,
      deviceName: 'walk',
      pcm,
      speed: 1,
    });
    const stage = await killed;
    const closed = await untilClosed(client);
    const conversation = await client.conversation(closed.conversation_id);
    const [range] = conversation.ranges;
    const recorded = await download(
      `${server.url}/api/captures/${range?.capture_id ?? ''}/audio`,
      token,
    );
    const memories = await client.memories();
    await stream.close().catch(() => undefined);
    return {
      killedAtMs: killAtMs,
      stage,
      conversationCount: (await client.conversations()).total_count,
      state: conversation.state,
      recall: wordRecall(text, conversation.transcript ?? ''),
      ...compare(pcm, recorded),
      memories: memories.memories.map((memory) => memory.memory),
    };
  } finally {
    await server.stop();
    await recogniser.close();
  }
}

async function stateNow(client: Client): Promise<string> {
  const { conversations } = await client.conversations();
  return conversations[0]?.state ?? 'before speech';
}

/**
 * The recording is a head of what was sent, then maybe the silence of the time the server was down, then the
 * tail of what was sent. What lies between head and tail was lost.
 */
function compare(
  sent: Uint8Array,
  recorded: Buffer,
): { readonly lostMs: number; readonly isOtherwiseEqual: boolean } {
  let head = 0;
  while (head < sent.length && head < recorded.length && sent[head] === recorded[head]) head++;
  if (head === sent.length) return { lostMs: 0, isOtherwiseEqual: recorded.length === head };
  let tail = 0;
  while (
    tail < sent.length - head &&
    tail < recorded.length - head &&
    sent[sent.length - 1 - tail] === recorded[recorded.length - 1 - tail]
  ) {
    tail++;
  }
  const between = recorded.subarray(head, recorded.length - tail);
  return {
    lostMs: (sent.length - head - tail) / bytesPerMs,
    isOtherwiseEqual: between.every((byte) => byte === 0),
  };
}

/** A small seeded generator of numbers in [0, 1). */
function mulberry32(state: number): () => number {
  let a = state >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
