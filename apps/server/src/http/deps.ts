import type {
  CaptureId,
  ClientId,
  ConversationId,
  HealthBody,
  TranscriptVersionId,
  UserId,
} from '@friend-lite/contract';
import type { Devices, Login, Setup, SignedPaths, Tokens, Users } from '../accounts/index.ts';
import type { Clock, Log } from '../base/index.ts';
import type { CheckProgress } from '../capture/index.ts';
import type { CaptureReader, Captures, CaptureStore, Uploads } from '../capture/index.ts';
import type {
  Conversation,
  Conversations,
  ConversationStore,
  CroppedFiles,
  Deleted,
  Edits,
  People,
  PersonStore,
  SpeechStore,
  TextImport,
} from '../conversations/index.ts';
import type { LiveEvents } from '../events/index.ts';
import type { Job, JobQueue } from '../jobs/index.ts';
import type { MemoryStore } from '../memory/index.ts';
import type { ModelStore } from '../models/index.ts';
import type { HearingHintsStore, TranscriberPool } from '../transcription/index.ts';
import type { AudioSocketLimits } from './audio-sockets.ts';
import type { Erasure, Retention, RetentionSettingsStore, StorageUse } from '../retention/index.ts';

/** Everything HTTP needs of the house. Each resource takes the two or three of these that it uses. */
export interface HttpDeps {
  readonly clock: Clock;
  readonly log: Log;

  readonly tokens: Tokens;
  readonly login: Login;
  readonly users: Pick<Users, 'create' | 'list'>;
  readonly setup: Setup;
  readonly devices: Devices;

  readonly captures: Pick<Captures, 'active' | 'connect' | 'counts'>;
  readonly audioSockets: AudioSocketLimits;
  readonly captureStore: Pick<CaptureStore, 'find'>;
  readonly captureReader: CaptureReader;
  readonly uploads: Pick<Uploads, 'begin' | 'find'>;

  readonly conversations: Pick<
    ConversationStore,
    'find' | 'list' | 'countByClient' | 'findTranscript' | 'listTranscripts'
  >;
  readonly annotateConversation: Conversations['annotate'];
  /** Adds a conversation of words alone; one that is there stays as it is. */
  readonly importText: (text: TextImport) => Promise<Conversation>;
  /** With its words, memories and cropped sound, and `withSound` its recordings; null when there is none. */
  readonly deleteConversation: (
    conversation: Conversation,
    how: { readonly withSound: boolean },
  ) => Promise<(Deleted & { readonly segmentCount: number }) | null>;
  readonly edits: Edits;
  /** Asks for another version of the words, of this recogniser; null: of whoever is asked first. */
  readonly retranscribe: (
    conversation: Conversation,
    provider: string | null,
  ) => Promise<{ readonly job: Job; readonly versionId: TranscriptVersionId }>;
  readonly transcribers: Pick<TranscriberPool, 'describe' | 'reset'>;
  readonly hearingHints: HearingHintsStore;
  readonly models: ModelStore;
  readonly jobs: Pick<JobQueue, 'find'>;
  readonly speech: Pick<SpeechStore, 'regions'>;
  readonly people: People;
  readonly personStore: Pick<PersonStore, 'list' | 'remove' | 'speakersOf'>;
  readonly cropped: Pick<CroppedFiles, 'open'>;
  readonly listening: {
    /** Closes the device's open conversation now. Null when the device has none. */
    closeConversation(userId: UserId, clientId: ClientId): Promise<ConversationId | null>;
    /** The conversation open on this capture. */
    openConversation(captureId: CaptureId): ConversationId | null;
  };
  readonly memories: Pick<MemoryStore, 'list' | 'listByConversation' | 'search'>;
  readonly events: Pick<LiveEvents, 'subscribe'>;

  readonly retention: Retention;
  readonly retentionSettings: Pick<RetentionSettingsStore, 'put'>;
  readonly erasure: Pick<Erasure, 'eraseUser' | 'removeCapture'>;
  readonly storageUse: (userId: UserId) => Promise<StorageUse>;
  /** Checks the sound of all users, capture by capture, until the signal ends it. */
  readonly checkCaptures: (signal: AbortSignal) => AsyncIterable<CheckProgress>;
  readonly signedPaths: SignedPaths;

  /** Never rejects for a service that is down: that is what it reports. */
  readonly healthReport: () => Promise<HealthBody>;
  /** Whether the server takes work now. */
  readonly isReady: () => boolean;

  /** Where people reach the server, e.g. `https://friend.example`; a browser's page from there is our own. */
  readonly publicUrl: string;
  /** Whether the session cookie is sent over TLS only. */
  readonly isCookieSecure: boolean;
  /** Absolute path of the dashboard's build; need not exist. */
  readonly dashboardDir: string;
}
