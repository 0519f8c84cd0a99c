import type { CaptureId, ConversationId, UserId } from '@friend-lite/contract';
import type { Clock, Log } from './base/index.ts';
import type { CaptureReader, CaptureStore } from './capture/index.ts';
import type { TranscriptionConfig } from './config/index.ts';
import type { ConversationStore, People, SpeechStore } from './conversations/index.ts';
import type { JobHandler, JobQueue } from './jobs/index.ts';
import {
  createLiveCaptions,
  createVoiceListener,
  enqueueHearAhead,
  hearAhead,
  hearAheadKind,
  jobKinds,
  noTranscriber,
  openConversationSound,
  retranscribeKind,
  type LiveCaptions,
  type LiveView,
  type TranscribeTools,
} from './pipeline/index.ts';
import {
  createLiveEngines,
  createTranscriberPool,
  judgeTranscript,
  noHints,
  type HearingHints,
  type HearingHintsStore,
  type PieceStore,
  type Transcriber,
  type TranscriberPool,
  type VoiceIdentifier,
} from './transcription/index.ts';

/** A day of speech takes a slow recogniser hours. */
const transcriptionTimeoutMs = 6 * 3_600_000;
/** How long a recogniser that fails is left alone at most; one that refuses credentials or payment at once. */
const longestBreakMs = 10 * 60_000;
/** A transcript must have this many characters to be worth remembering. */
const minTranscriptCharacters = 10;

/** Everything about words: put together here, so that the composition root stays readable. */
export interface Transcribing {
  readonly pool: TranscriberPool;
  readonly captions: LiveCaptions;
  readonly tools: Omit<TranscribeTools, 'conversations'>;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly concurrency: Readonly<Record<string, number>>;
  readonly timeoutMs: Readonly<Record<string, number>>;
  /** Begins to ask the recognisers. Resolves when each was asked once. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TranscribingParts {
  readonly config: TranscriptionConfig;
  /** In order of preference. */
  readonly transcribers: readonly Transcriber[];
  /** Null: nobody knows voices. */
  readonly voiceIdentifier: VoiceIdentifier | null;
  readonly people: People;
  readonly stores: {
    readonly captures: Pick<CaptureStore, 'find'>;
    readonly conversations: ConversationStore;
    readonly speech: SpeechStore;
    readonly pieces: PieceStore;
    readonly jobs: JobQueue;
    readonly hearingHints: HearingHintsStore;
  };
  readonly captureReader: CaptureReader;
  readonly view: Pick<LiveView, 'onCaption' | 'onCaptionState'>;
  /** The conversation open on a capture. */
  readonly openConversation: (captureId: CaptureId) => ConversationId | null;
  /** Told after a job of this kind was enqueued. */
  readonly nudge: (kind: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export function composeTranscribing(parts: TranscribingParts): Transcribing {
  const { config, transcribers, stores, captureReader, view, clock, log } = parts;
  const { failureThreshold, firstOpenMs } = config.breaker;
  const pool = createTranscriberPool({
    transcribers,
    breaker: {
      failureThreshold,
      openMs: { first: firstOpenMs, longest: longestBreakMs },
      refusedOpenMs: longestBreakMs,
    },
    clock,
    log,
  });
  const { language, keyterms } = config;
  const hintsOf = async (userId: UserId): Promise<HearingHints> => {
    const own = (await stores.hearingHints.find(userId)) ?? noHints;
    return { language: own.language ?? language, keyterms: [...keyterms, ...own.keyterms] };
  };

  const captions = createLiveCaptions({
    engines: transcribers.some(({ live }) => live !== null) ? createLiveEngines(pool) : null,
    pieces: stores.pieces,
    hintsOf,
    onCaption: (capture, caption) =>
      view.onCaption(capture, parts.openConversation(capture.id), caption),
    onState: view.onCaptionState,
    onCollected(capture, untilMs) {
      enqueueHearAhead(stores.jobs, capture, untilMs).then(
        () => parts.nudge(hearAheadKind),
        (error: unknown) => log.error('collected speech not asked for', error),
      );
    },
    collectMs: config.collectMs,
    clock,
    log,
    random: Math.random,
  });

  const voices = createVoiceListener({ identifier: parts.voiceIdentifier, clock, log });

  /** A recogniser works (again): what waits for one goes on, and what gave up gets another chance. */
  async function wake(): Promise<void> {
    await stores.jobs.wake(jobKinds.transcribe, noTranscriber);
    await stores.jobs.wake(retranscribeKind, noTranscriber);
    await stores.jobs.reviveAll(jobKinds.transcribe);
    parts.nudge(jobKinds.transcribe);
    parts.nudge(retranscribeKind);
  }

  return {
    pool,
    captions,
    tools: {
      conversationStore: stores.conversations,
      speech: stores.speech,
      pieces: stores.pieces,
      pool,
      isBeingHeard: (conversation) => captions.isBeingHeard(conversation),
      openSound: (conversation) => openConversationSound(captureReader, conversation),
      hintsOf,
      voices,
      people: parts.people,
      judge: (text) => judgeTranscript(text, minTranscriptCharacters),
      finalPass: config.finalPass,
      skipPattern: config.skipPattern,
      clock,
      log,
    },
    handlers: {
      [hearAheadKind]: hearAhead({
        pieces: stores.pieces,
        pool,
        hintsOf,
        speech: stores.speech,
        captureStore: stores.captures,
        conversationStore: stores.conversations,
        captureReader,
        onWords: ({ id }) => captions.noteWords(id),
      }),
    },
    // One that takes hours does not hold up everybody else's.
    concurrency: { [jobKinds.transcribe]: 2, [hearAheadKind]: 2 },
    timeoutMs: {
      [jobKinds.transcribe]: transcriptionTimeoutMs,
      [retranscribeKind]: transcriptionTimeoutMs,
    },

    async start() {
      pool.onAvailable(() => {
        wake().catch((error: unknown) => log.error('waiting jobs not woken', error));
      });
      await pool.start();
    },

    async stop() {
      captions.dispose();
      voices.dispose();
      await pool.stop();
    },
  };
}
