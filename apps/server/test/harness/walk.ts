import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from '@friend-lite/client';
import type { ConversationBody, ConversationPageBody, MemoryBody } from '@friend-lite/contract';
import {
  pocketSphinxRecogniser,
  speakDialogue,
  startWyomingServer,
  walkDialogue,
  walkVoices,
  wordRecall,
  wordsOf,
  type Dialogue,
  type SpokenDialogue,
  type WyomingServer,
} from '@friend-lite/simulators';
import { bytesPerMs, speak } from './microphone.ts';
import { startServerProcess, temporaryDirectory, testAdmin } from './server-process.ts';

/** Silence after which the walk's conversations close, so that nobody waits for the default 90 s. */
export const walkTimeoutSeconds = 4;

export interface WalkFindings {
  readonly bootMs: number;
  readonly sentMs: number;
  readonly conversation: ConversationPageBody['conversation'];
  readonly conversationCount: number;
  /** From the end of the sound to the closed conversation with its memories. */
  readonly finishedAfterMs: number;
  readonly recall: number;
  readonly memories: readonly MemoryBody[];
  /** A name said in the dialogue, the first memory found by it, and whether that memory's sound holds it. */
  readonly search: {
    readonly name: string;
    readonly found: string | null;
    readonly isInSound: boolean;
  };
  /** Whether the capture's sound, and the conversation's, are the bytes that were sent. */
  readonly isCaptureBitEqual: boolean;
  readonly isConversationBitEqual: boolean;
}

/**
 * The main job from end to end, as a person would see it: a dialogue is spoken into a device, a recogniser
 * hears it over the network, and in the end it can be found again. Everything runs on this machine.
 */
export async function walk(options: {
  readonly speed: number;
  readonly dialogue?: Dialogue;
  readonly onStep?: (step: string) => void;
}): Promise<WalkFindings> {
  const { speed, dialogue = walkDialogue, onStep = () => undefined } = options;
  using directory = temporaryDirectory();

  onStep('two voices speak the dialogue');
  const spoken = await speakDialogue(dialogue, { voices: walkVoices });
  const sentMs = spoken.pcm.length / bytesPerMs;
  onStep(`${(sentMs / 1000).toFixed(1)} s of sound; a recogniser and the server start`);
  const recogniser = await startWyomingServer({
    recognise: pocketSphinxRecogniser(),
    model: 'pocketsphinx',
  });
  const server = await startServerProcess(directory.path, walkEnvironment(recogniser));
  try {
    const { client, token } = await signIn(server.url);
    onStep(`ready after ${server.bootMs.toFixed(0)} ms; the device streams at speed ${speed}`);
    const stream = await speak({
      url: server.url,
      token,
      deviceName: 'walk',
      pcm: spoken.pcm,
      speed,
    });
    const endedAt = performance.now();
    onStep('all is said; silence closes the conversation');
    const closed = await untilClosed(client, onStep);
    const finishedAfterMs = performance.now() - endedAt;
    const findings = await inspect(client, token, server.url, closed, spoken);
    await stream.close();
    return { bootMs: server.bootMs, sentMs, finishedAfterMs, ...findings };
  } catch (error) {
    throw new Error(`the walk failed; the server said:\n${server.output()}`, { cause: error });
  } finally {
    await server.stop();
    await recogniser.close();
  }
}

/** What a server of the walk is started with. Its own recogniser is off, so that only `recogniser` hears. */
export function walkEnvironment(
  recogniser: Pick<WyomingServer, 'uri'> | null,
): Record<string, string> {
  return {
    NEW_CONVERSATION_TIMEOUT_MINUTES: String(walkTimeoutSeconds / 60),
    LOCAL_ASR_ENABLED: 'false',
    ...(recogniser ? { OFFLINE_ASR_TCP_URI: recogniser.uri } : {}),
  };
}

export async function signIn(url: string): Promise<{ client: Client; token: string }> {
  const { access_token: token } = await createClient({ baseUrl: url }).loginForToken(testAdmin);
  return { client: createClient({ baseUrl: url, token }), token };
}

/** Resolves when there is a conversation and all of them are closed, with the newest one. */
export async function untilClosed(
  client: Client,
  onStep: (step: string) => void = () => undefined,
  timeoutMs = 150_000,
): Promise<ConversationBody> {
  let seen = '';
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { conversations } = await client.conversations();
    const states = conversations.map((conversation) => conversation.state).join(', ');
    if (states !== seen) onStep(`conversation: ${states || 'none'}`);
    seen = states;
    const [newest] = conversations;
    if (newest && conversations.every(({ state }) => state.startsWith('closed'))) return newest;
    if (performance.now() > deadline) throw new Error(`not closed in time: ${states}`);
    await sleep(100);
  }
}

async function inspect(
  client: Client,
  token: string,
  url: string,
  closed: ConversationBody,
  spoken: SpokenDialogue,
): Promise<Omit<WalkFindings, 'bootMs' | 'sentMs' | 'finishedAfterMs'>> {
  const conversation = await client.conversation(closed.conversation_id);
  const [range] = conversation.ranges;
  if (!range) throw new Error('the conversation claims no sound');
  const capture = await download(`${url}/api/captures/${range.capture_id}/audio`, token);
  const audio = await download(client.audioUrl(conversation.audio_path ?? ''), token);
  const start = Math.round(range.start * 1000 * bytesPerMs);
  return {
    conversation,
    conversationCount: (await client.conversations()).total_count,
    recall: wordRecall(
      spoken.lines.map((line) => line.text).join(' '),
      conversation.segments.map((segment) => segment.text).join(' '),
    ),
    memories: conversation.memories,
    search: await searchByName(client, conversation, spoken),
    isCaptureBitEqual: Buffer.from(spoken.pcm).equals(capture),
    isConversationBitEqual:
      audio.length > 0 &&
      Buffer.from(spoken.pcm.subarray(start, start + audio.length)).equals(audio),
  };
}

/** Looks a person up by name, and whether the memory found points at sound in which the name is said. */
async function searchByName(
  client: Client,
  conversation: ConversationPageBody['conversation'],
  spoken: SpokenDialogue,
): Promise<WalkFindings['search']> {
  const name = 'Sarah';
  const { results } = await client.searchMemories({ query: name });
  const [best] = results;
  if (!best) return { name, found: null, isInSound: false };
  const [range] = conversation.ranges;
  const offsetMs = (range?.start ?? 0) * 1000;
  const startMs = best.provenance.start * 1000 + offsetMs;
  const endMs = best.provenance.end * 1000 + offsetMs;
  const isInSound = spoken.lines.some(
    (line) =>
      wordsOf(line.text).includes(name.toLowerCase()) &&
      line.startMs < endMs &&
      line.endMs > startMs,
  );
  return { name, found: best.memory, isInSound };
}

/** The PCM of a WAV that the server sent, without its 44-byte header. */
export async function download(url: string, token: string): Promise<Buffer> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer()).subarray(44);
}
