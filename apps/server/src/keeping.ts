import type { ConversationId, UserId } from '@friend-lite/contract';
import { AppError, type Clock, type Log } from './base/index.ts';
import {
  checkCaptures,
  createCaptureUpkeep,
  type Admission,
  type Captures,
  type CaptureStore,
  type CheckProgress,
  type SegmentFiles,
  type SegmentInspection,
  type SegmentPacking,
  type StorageGuard,
  type UpkeepStore,
} from './capture/index.ts';
import type { Config } from './config/index.ts';
import type {
  Conversation,
  ConversationStore,
  CroppedFiles,
  SpeechStore,
} from './conversations/index.ts';
import type { JobHandler, JobQueue } from './jobs/index.ts';
import {
  applyRetentionJob,
  createErasure,
  createRetention,
  enqueuePacking,
  measureStorage,
  packingHandler,
  packSegmentsJob,
  retentionHandler,
  startDailyRetention,
  type Erasure,
  type Retention,
  type RetentionSettingsStore,
  type SoundRecords,
  type StorageUse,
  type UserFiles,
  type UserRecords,
} from './retention/index.ts';

/** A year of one device's sound packed in one go, or let go of. */
const longJobMs = 3_600_000;

/** Everything about what is kept: put together here, so that the composition root stays readable. */
export interface Keeping {
  readonly retention: Retention;
  readonly erasure: Erasure;
  readonly storageUse: (userId: UserId) => Promise<StorageUse>;
  readonly checkCaptures: (signal: AbortSignal) => AsyncIterable<CheckProgress>;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly timeoutMs: Readonly<Record<string, number>>;
  /** Begins to pack what is sealed, and to look every day at what goes. Call once the worker runs. */
  start(nudge: (kind: string) => void): void;
  stop(): void;
}

export interface KeepingParts {
  readonly config: Pick<Config, 'isPackingEnabled' | 'unclaimedAudioHours'>;
  readonly stores: {
    readonly captures: CaptureStore;
    readonly upkeep: UpkeepStore & SoundRecords;
    readonly conversations: ConversationStore;
    readonly speech: SpeechStore;
    readonly jobs: JobQueue;
    readonly users: { list(): Promise<readonly { readonly id: UserId }[]> };
    readonly retentionSettings: RetentionSettingsStore;
    readonly userRecords: UserRecords;
    describe(): { readonly byteCount: number };
  };
  readonly captures: Pick<Captures, 'active' | 'end' | 'tap'>;
  readonly files: SegmentFiles & SegmentPacking;
  readonly inspection: SegmentInspection;
  readonly userFiles: UserFiles;
  readonly cropped: Pick<CroppedFiles, 'open'>;
  readonly isPinned: (conversation: Conversation) => boolean;
  readonly dropCropped: (userId: UserId, id: ConversationId) => Promise<void>;
  readonly removeConversation: (userId: UserId, id: ConversationId) => Promise<void>;
  readonly stopJobs: (userId: UserId) => Promise<void>;
  readonly onErased: (userId: UserId) => void;
  readonly freeBytes: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}

export function composeKeeping(parts: KeepingParts): Keeping {
  const { config, stores, files, clock, log } = parts;
  const upkeep = createCaptureUpkeep({ store: stores.upkeep, files, packing: files });
  const retention = createRetention({
    settings: stores.retentionSettings,
    unclaimedAudioHours: config.unclaimedAudioHours,
    records: stores.upkeep,
    captures: stores.captures,
    upkeep,
    listRemoved: (userId, since) => stores.upkeep.listRemoved(userId, since),
    conversations: stores.conversations,
    cropped: parts.cropped,
    isPinned: parts.isPinned,
    dropCropped: parts.dropCropped,
    removeConversation: parts.removeConversation,
    clock,
  });
  let stops: readonly (() => void)[] = [];

  function packFromNowOn(nudge: (kind: string) => void): () => void {
    const ask = async (capture: Parameters<typeof enqueuePacking>[1]): Promise<void> => {
      await enqueuePacking(stores.jobs, capture);
      nudge(packSegmentsJob);
    };
    const askForOlder = async (): Promise<void> => {
      for (const capture of await stores.upkeep.listUnpacked()) await ask(capture);
    };
    askForOlder().catch((error: unknown) => log.error('packing not asked for', error));
    return parts.captures.tap(({ type, capture }) => {
      if (type !== 'ended' || capture.format.encoding !== 'pcm_s16le') return;
      ask(capture).catch((error: unknown) => log.error('packing not asked for', error));
    });
  }

  return {
    retention,
    erasure: createErasure({
      captures: parts.captures,
      captureStore: stores.captures,
      upkeep,
      conversations: stores.conversations,
      speech: stores.speech,
      dropCropped: parts.dropCropped,
      records: stores.userRecords,
      files: parts.userFiles,
      stopJobs: parts.stopJobs,
      onErased: parts.onErased,
      clock,
    }),
    storageUse: (userId) =>
      measureStorage(
        {
          records: stores.upkeep,
          files: parts.userFiles,
          databaseBytes: () => stores.describe().byteCount,
          freeBytes: parts.freeBytes,
        },
        userId,
      ),
    checkCaptures: (signal) =>
      checkCaptures(
        {
          listAll: (after, limit) => stores.upkeep.listAll(after, limit),
          store: stores.captures,
          inspection: parts.inspection,
        },
        signal,
      ),
    handlers: {
      [packSegmentsJob]: packingHandler({
        captures: stores.captures,
        upkeep,
        packing: files,
        log,
      }),
      [applyRetentionJob]: retentionHandler(retention, log),
    },
    timeoutMs: { [packSegmentsJob]: longJobMs, [applyRetentionJob]: longJobMs },

    start(nudge) {
      stops = [
        startDailyRetention({
          queue: stores.jobs,
          listUsers: () => stores.users.list(),
          clock,
          log,
        }),
        ...(config.isPackingEnabled ? [packFromNowOn(nudge)] : []),
      ];
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/** Nobody's sound on a full disk, and nobody's while their data is being removed. */
export function admissionOf(
  guard: Pick<StorageGuard, 'isFull'>,
  isErasing: (userId: UserId) => boolean,
): Admission {
  return {
    refusal(userId) {
      if (guard.isFull()) return new AppError('storage_full');
      return isErasing(userId) ? new AppError('data_being_removed') : null;
    },
  };
}
