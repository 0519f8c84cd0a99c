import { hostname } from 'node:os';
import { openAudioStream, type AudioStream, type Client } from '@friend-lite/client';
import type { ConversationBody, ConversationState } from '@friend-lite/contract';
import { CliError } from '../errors.ts';
import { pace, systemClock, type PaceClock } from '../pace.ts';
import type { Session } from '../session.ts';
import { bytesPerSecond, openWav } from '../wav.ts';

export interface StreamOptions {
  readonly server: string;
  readonly openSession: () => Promise<Session>;
  readonly file: string;
  readonly device?: string;
  /** 1 is the pace at which it was spoken. */
  readonly speed: number;
  /** Bare binary frames instead of announced ones. */
  readonly isRaw: boolean;
  /** Stay connected in silence until the server closes the conversation. */
  readonly isHeld: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly onProgress?: (sentMs: number, durationMs: number) => void;
  readonly clock?: PaceClock;
}

const frameMs = 20;
const pollMs = 2000;
const openStates: readonly ConversationState[] = ['processing', 'transcribing', 'active'];

/**
 * Streams a WAV file as a device would and ends it cleanly, also when the signal aborts: what was sent by
 * then is kept.
 *
 * @throws CliError for a file that cannot be streamed; ApiError when the server refuses, or the connection
 *   breaks.
 */
export async function streamWav(options: StreamOptions): Promise<void> {
  const { server, signal, say, isRaw, isHeld, clock = systemClock } = options;
  await using sound = await openWav(options.file);
  const session = await options.openSession();
  const stream = await openAudioStream({
    baseUrl: server,
    token: session.token,
    deviceName: options.device ?? (hostname() || 'cli'),
    framing: isRaw ? 'raw' : 'json',
  });
  const device = stream.clientId ?? 'unnamed device';
  say(`Streaming ${seconds(sound.durationMs)} of sound as ${device} …`);
  try {
    const newestBefore = isHeld ? await newestConversation(session.client, stream.clientId) : null;
    const sentMs = await pace(sound.frames(frameMs), {
      bytesPerSecond,
      speed: options.speed,
      signal,
      clock,
      send: (frame) => stream.send(frame),
      onSent: (ms) => options.onProgress?.(ms, sound.durationMs),
    });
    if (isHeld && !signal.aborted) {
      say('All is sent; waiting in silence for the conversation to close (Ctrl+C ends it) …');
      await hold(session.client, stream, newestBefore, { clock, signal, say, server });
    } else {
      stream.stop();
    }
    const { error } = await stream.close();
    if (error) throw error;
    say(`Sent ${seconds(sentMs)} of sound.`);
  } finally {
    // After a clean close this does nothing; after a failure it lets go of the connection.
    stream.abort();
  }
}

/**
 * Resolves when a conversation of this device has closed that was not closed before, or on abort.
 *
 * @throws CliError when the connection ends.
 */
async function hold(
  client: Client,
  stream: AudioStream,
  before: ConversationBody | null,
  options: Pick<StreamOptions, 'signal' | 'say' | 'server'> & { readonly clock: PaceClock },
): Promise<void> {
  const { clock, signal, say, server } = options;
  const closedBefore = before && !isOpen(before) ? before.conversation_id : null;
  const lost = new AbortController();
  void stream.ended.then(() => lost.abort(new CliError('The server ended the connection')));
  const either = AbortSignal.any([signal, lost.signal]);
  while (!signal.aborted) {
    lost.signal.throwIfAborted();
    const newest = await newestConversation(client, stream.clientId);
    if (newest && newest.conversation_id !== closedBefore && !isOpen(newest)) {
      say(`The conversation closed (${newest.close_reason ?? newest.state}):`);
      say(`  ${server}/conversations/${newest.conversation_id}`);
      return;
    }
    await clock.sleep(pollMs, either);
  }
}

/** The newest conversation of a device; of any, when its id is not known. */
async function newestConversation(
  client: Client,
  clientId: string | null,
): Promise<ConversationBody | null> {
  const { conversations } = await client.conversations({ limit: 100 });
  return conversations.find((one) => clientId === null || one.client_id === clientId) ?? null;
}

function isOpen({ state }: ConversationBody): boolean {
  return openStates.includes(state);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
