import {
  transcriptVersionIdSchema,
  utteranceIdSchema,
  type TranscriptVersionId,
  type UserId,
} from '@friend-lite/contract';
import type { Span } from '../audio/index.ts';
import { derivedUuid, ProviderError, type Clock, type Log } from '../base/index.ts';
import {
  conversationSpeech,
  timelineOf,
  titleOf,
  type Conversation,
  type Conversations,
  type ConversationStore,
  type People,
  type SpeechStore,
  type TranscriptVerdict,
  type TranscriptVersion,
  type WaitReason,
} from '../conversations/index.ts';
import type { JobResult } from '../jobs/index.ts';
import {
  assembleTranscript,
  measureCoverage,
  transcribeSpeech,
  type AssembledTranscript,
  type ChoosingPool,
  type HearingHints,
  type PieceStore,
  type PlacedPiece,
  type TranscriberPool,
} from '../transcription/index.ts';
import { dropPieces, keepPiece, piecesOf } from './heard-pieces.ts';
import type { ConversationSound } from './sound.ts';
import type { VoicedUtterance, VoiceListener } from './voices.ts';

/** What turns the speech of conversations into transcripts. */
export interface TranscribeTools {
  readonly conversations: Conversations;
  readonly conversationStore: Pick<ConversationStore, 'findTranscript'>;
  readonly speech: Pick<SpeechStore, 'regions'>;
  readonly pieces: PieceStore;
  readonly pool: ChoosingPool & Pick<TranscriberPool, 'tellsSpeakersApart' | 'only'>;
  /** Whether more of it is about to be heard live. */
  readonly isBeingHeard: (conversation: Conversation) => boolean;
  /** Opens the sound of a conversation as one stretch, 16 kHz mono, gaps as silence. */
  readonly openSound: (conversation: Conversation) => Promise<ConversationSound>;
  readonly hintsOf: (userId: UserId) => Promise<HearingHints>;
  /** Tells who speaks by their voice. */
  readonly voices: Pick<VoiceListener, 'listen'>;
  readonly people: Pick<People, 'recognised' | 'carryOver'>;
  /** Whether words are worth reading. */
  readonly judge: (text: string) => TranscriptVerdict;
  /** Whether what was heard live is heard once more from the recording. */
  readonly finalPass: 'auto' | 'always' | 'never';
  /** Utterances that begin like this are left out. */
  readonly skipPattern: RegExp | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Why a `transcribe` job waits without having failed. */
export const noTranscriber = 'no-transcriber';
const heardLive = 'heard-live';

/** How long a conversation waits before it asks for a transcriber by itself; one that appears wakes it at once. */
export const transcriberPatienceMs = 2 * 60_000;
/** How soon a conversation of which words are still on their way is looked at again. */
const livePatienceMs = 500;

/**
 * Makes the transcript of a conversation: of what was heard while it was spoken, and of the recording where nothing was.
 * What is heard is kept piece by piece, so that a run that is cut off is not done over.
 */
export async function transcribe(
  tools: TranscribeTools,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<JobResult> {
  const final = await findVersion(tools, conversation, 'final');
  if (final) return finish(tools, conversation, final);
  const found = await findVersion(tools, conversation, 'first');
  if (!found && tools.isBeingHeard(conversation)) {
    return { kind: 'postpone', reason: heardLive, retryAfterMs: livePatienceMs };
  }
  const pieces = await piecesOf(tools.pieces, conversation);
  const first = found ?? (await makeFirst(tools, conversation, pieces, signal));
  if (first === null) {
    await wait(tools, conversation, noTranscriber);
    return { kind: 'postpone', reason: noTranscriber, retryAfterMs: transcriberPatienceMs };
  }
  const better = isFinalPassDue(tools, pieces)
    ? await makeFinal(tools, conversation, first, pieces, signal)
    : null;
  return finish(tools, conversation, better ?? first);
}

/** A version of what the conversation claims, all of it heard from the recording; null where there is nobody to ask. */
export async function hearAnew(
  tools: Omit<TranscribeTools, 'pool'> & { readonly pool: ChoosingPool },
  conversation: Conversation,
  versionId: TranscriptVersionId,
  signal: AbortSignal,
): Promise<TranscriptVersion | null> {
  const { userId, activeTranscriptId } = conversation;
  // Its pieces are not kept: the next time may ask somebody else.
  const heard = await hear(tools, conversation, [], { isKept: false }, signal);
  if (heard === null) return null;
  const version = toVersion(heard, conversation, versionId, tools.clock.now());
  const before =
    activeTranscriptId &&
    (await tools.conversationStore.findTranscript(userId, activeTranscriptId));
  // What people said of the speakers counts more than their voices.
  if (before) await tools.people.carryOver(userId, before.utterances, version.utterances);
  await nameSpeakers(tools, version, heard);
  return version;
}

/** Null: there is nobody to ask. */
async function makeFirst(
  tools: TranscribeTools,
  conversation: Conversation,
  pieces: readonly PlacedPiece[],
  signal: AbortSignal,
): Promise<TranscriptVersion | null> {
  const heard = await hear(tools, conversation, pieces, { isKept: true }, signal).catch(
    async (error: unknown) => {
      const isPassing = error instanceof ProviderError && error.failure !== 'bad-request';
      if (isPassing) await wait(tools, conversation, 'transcriber-failing');
      throw error;
    },
  );
  if (heard === null) return null;
  const version = toVersion(
    heard,
    conversation,
    versionIdOf(conversation, 'first'),
    tools.clock.now(),
  );
  await nameSpeakers(tools, version, heard);
  await tools.conversations.addTranscript(version);
  return version;
}

/**
 * What was heard live may be without speakers, or with other labels for them after each pause: `auto` asks once more
 * where that gives one set of speakers.
 */
function isFinalPassDue(
  { finalPass, pool }: Pick<TranscribeTools, 'finalPass' | 'pool'>,
  pieces: readonly PlacedPiece[],
): boolean {
  const live = pieces.filter(({ pass, utterances }) => pass === 'live' && utterances.length > 0);
  if (live.length === 0 || finalPass === 'never') return false;
  if (finalPass === 'always') return true;
  const speakers = live.flatMap(({ utterances }) => utterances.map(({ speaker }) => speaker));
  const sessions = new Set(speakers.map((speaker) => speaker?.split(':')[0] ?? null));
  return (sessions.size > 1 || sessions.has(null)) && pool.tellsSpeakersApart();
}

/** Null where it came to nothing: the first transcript is whole, and nothing waits for a better one. */
async function makeFinal(
  tools: TranscribeTools,
  conversation: Conversation,
  first: TranscriptVersion,
  pieces: readonly PlacedPiece[],
  signal: AbortSignal,
): Promise<TranscriptVersion | null> {
  // Shown meanwhile.
  await tools.conversations.advance(
    conversation,
    { type: 'stage-started', stage: 'transcribe' },
    factsOf(first),
  );
  const ofRecording = pieces.filter(({ pass }) => pass === 'batch');
  try {
    const heard = await hear(tools, conversation, ofRecording, { isKept: true }, signal);
    if (heard === null || isWorse(heard, first)) return null;
    const version = toVersion(
      heard,
      conversation,
      versionIdOf(conversation, 'final'),
      tools.clock.now(),
    );
    await nameSpeakers(tools, version, heard);
    await tools.conversations.addTranscript(version);
    return version;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    tools.log.warn('final pass left out', { failure: error.failure, provider: error.provider });
    return null;
  }
}

/** A transcript whose utterances are somebody's. */
interface HeardConversation extends Omit<AssembledTranscript, 'utterances'> {
  readonly utterances: readonly VoicedUtterance[];
}

/** Hears the speech that no piece covers, and puts all pieces together; null when there is nobody to ask. */
async function hear(
  tools: Omit<TranscribeTools, 'pool'> & { readonly pool: ChoosingPool },
  conversation: Conversation,
  pieces: readonly PlacedPiece[],
  { isKept }: { readonly isKept: boolean },
  signal: AbortSignal,
): Promise<HeardConversation | null> {
  const { userId } = conversation;
  let sound: ConversationSound | null = null;
  const readPcm = async ({ startMs, endMs }: Span): Promise<Uint8Array> => {
    sound ??= await tools.openSound(conversation);
    return Buffer.concat(await Array.fromAsync(sound.read(startMs, endMs)));
  };
  const speech = await conversationSpeech(tools.speech, conversation);
  const heard = [...pieces];
  const { holes } = measureCoverage(speech, heard);
  if (holes.length > 0) {
    const outcome = await transcribeSpeech({
      regions: holes,
      readPcm,
      hints: await tools.hintsOf(userId),
      pool: tools.pool,
      async onHeard(piece) {
        heard.push(piece);
        if (isKept) await keepPiece(tools.pieces, conversation, piece);
      },
      signal,
    });
    if (outcome.kind === 'no-transcriber') return null;
    const hasWords = heard.some(({ utterances }) => utterances.length > 0);
    if (outcome.refusal && !hasWords) throw outcome.refusal;
  }
  const transcript = assembleTranscript(heard, speech, tools.skipPattern);
  if (transcript.dropped.length > 0) {
    tools.log.info('implausible utterances left out', {
      conversationId: conversation.id,
      reasons: transcript.dropped.join(', '),
    });
  }
  const { utterances } = transcript;
  return {
    ...transcript,
    utterances: await tools.voices.listen({ userId, utterances, readPcm }, signal),
  };
}

/** Those whose voices are known are the speakers of what they said. Again changes nothing. */
async function nameSpeakers(
  { people }: Pick<TranscribeTools, 'people'>,
  { userId, utterances }: TranscriptVersion,
  heard: HeardConversation,
): Promise<void> {
  const byName = Map.groupBy(
    utterances.map(({ id }, index) => ({ id, name: heard.utterances[index]?.name ?? null })),
    ({ name }) => name,
  );
  const named = [...byName].flatMap(([name, said]) =>
    name === null ? [] : [[name, said.map(({ id }) => id)] as const],
  );
  await people.recognised(userId, new Map(named));
}

/** A recogniser that went half-way leaves less than there was. */
function isWorse(heard: HeardConversation, first: TranscriptVersion): boolean {
  const hasLostAll = heard.utterances.length === 0 && first.utterances.length > 0;
  return hasLostAll || heard.coverage < first.coverage - 0.01;
}

async function finish(
  tools: TranscribeTools,
  conversation: Conversation,
  version: TranscriptVersion,
): Promise<JobResult> {
  await dropPieces(tools.pieces, conversation);
  const text = version.utterances.map((utterance) => utterance.text).join(' ');
  await tools.conversations.advance(
    conversation,
    {
      type: 'transcribed',
      verdict: version.outcome === 'silence' ? 'silence' : tools.judge(text),
    },
    factsOf(version),
  );
  return { kind: 'done' };
}

function factsOf({ id, utterances, coverage }: TranscriptVersion) {
  return {
    activeTranscriptId: id,
    utteranceCount: utterances.length,
    title: titleOf(utterances),
    coverage,
  };
}

async function wait(
  { conversations }: TranscribeTools,
  conversation: Conversation,
  reason: WaitReason,
): Promise<void> {
  await conversations.advance(conversation, { type: 'stage-waiting', stage: 'transcribe', reason });
}

type Pass = 'first' | 'final';

function findVersion(tools: TranscribeTools, conversation: Conversation, pass: Pass) {
  const { userId } = conversation;
  return tools.conversationStore.findTranscript(userId, versionIdOf(conversation, pass));
}

/** The same for every run of the job: a transcript is made once of what the conversation claims. */
function versionIdOf({ id, revision }: Pick<Conversation, 'id' | 'revision'>, pass: Pass) {
  const parts = [id, ...(revision === 0 ? [] : [String(revision)])];
  if (pass === 'final') parts.push(pass);
  return transcriptVersionIdSchema.parse(derivedUuid('transcript', ...parts));
}

function toVersion(
  { utterances, ...heard }: HeardConversation,
  conversation: Conversation,
  id: TranscriptVersionId,
  createdAt: number,
): TranscriptVersion {
  const timeline = timelineOf(conversation);
  return {
    id,
    conversationId: conversation.id,
    userId: conversation.userId,
    provider: heard.provider,
    model: heard.model,
    createdAt,
    outcome: utterances.length > 0 ? 'words' : 'silence',
    coverage: heard.coverage,
    utterances: utterances.map(({ utterance }, index) => ({
      id: utteranceIdSchema.parse(`${id}:${index}`),
      ...timeline.spanToEpoch(utterance),
      text: utterance.text,
      speaker: utterance.speaker,
      confidence: utterance.confidence,
      words: utterance.words.map((word) => ({ ...word, ...timeline.spanToEpoch(word) })),
    })),
  };
}
