import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConversationId, HealthBody, UserId } from '@friend-lite/contract';
import {
  createDevices,
  createLogin,
  createPasswords,
  createTokens,
  createSignedPaths,
  createUsers,
  openSetup,
} from './accounts/index.ts';
import { ffmpegDecoder, ffmpegFlac } from './adapters/ffmpeg/index.ts';
import {
  croppedFiles,
  ensureWritable,
  freeBytes,
  packedSegments,
  segmentFiles,
  segmentInspection,
  spaceReserve,
  startAppendThread,
  uploadFiles,
  userFiles,
} from './adapters/filesystem/index.ts';
import { localVoiceActivity } from './adapters/local-speech/index.ts';
import { modelHub } from './adapters/model-hub/index.ts';
import { opusDecoders } from './adapters/opus/index.ts';
import { openSqlite } from './adapters/sqlite/index.ts';
import { planCrop } from './audio/index.ts';
import { AppError, newHexId, type Clock, type Log } from './base/index.ts';
import {
  createCaptureReader,
  createCaptures,
  createStorageGuard,
  repairCaptures,
} from './capture/index.ts';
import { loadOrCreateSecret, type Config } from './config/index.ts';
import { catalogue } from './models/index.ts';
import {
  createConversations,
  createEdits,
  createPeople,
  deleteConversation,
  dropCroppedSound,
  owedEffects,
  planTextImport,
  type ConversationChange,
  type Deleted,
} from './conversations/index.ts';
import { createLiveEvents } from './events/index.ts';
import { createHealth } from './health/index.ts';
import { buildApp } from './http/index.ts';
import { startWorker, type Worker } from './jobs/index.ts';
import {
  createJoining,
  dropPieces,
  createLiveView,
  enqueueRetranscription,
  enqueueStage,
  jobKinds,
  markStageFailed,
  readSamples,
  retranscribe,
  retranscribeKind,
  stageHandlers,
  startListening,
} from './pipeline/index.ts';
import { composeImporting } from './importing.ts';
import { composeRemembering } from './remembering.ts';
import { transcribersOf, voiceIdentifierOf } from './providers.ts';
import { composeTranscribing } from './transcribing.ts';
import { admissionOf, composeKeeping } from './keeping.ts';
import { serviceChecks } from './service-checks.ts';

/** A whole server, put together from `config`. */
export interface House {
  /** Null when an administrator exists; else what the one-time setup link must carry. */
  readonly setupToken: string | null;
  /** How everything stands, once every recogniser was asked. */
  report(): Promise<HealthBody>;
  /** Takes up what the last process left, and begins to answer. Resolves with the port. */
  start(): Promise<number>;
  /** Tells every client, writes out what was taken, gives unfinished jobs back. */
  stop(): Promise<void>;
}

/** Fewer characters are a cough or a "yes"; nobody wants to remember them. */
/** Speech kept before the first word of a conversation, and after its last one. */
const contextMs = 5000;
/** What running jobs get to end by themselves when the server stops. */
const stopGraceMs = 3000;

/** @throws ConfigError, or an Error for the operator: what is wrong, and where. */
export async function compose(
  config: Config,
  { version, log, clock }: { readonly version: string; readonly log: Log; readonly clock: Clock },
): Promise<House> {
  const { dataDir } = config;
  await ensureWritable(dataDir);
  const secret = config.authSecretKey ?? loadOrCreateSecret(dataDir);
  const stores = openSqlite({ path: join(dataDir, 'friend-lite.db'), clock });
  const flac = ffmpegFlac();
  const appending = startAppendThread({ clock, log });
  const files = packedSegments({
    files: segmentFiles(dataDir, appending.append),
    dataDir,
    codec: flac,
  });
  const cropped = croppedFiles(dataDir);

  // Accounts
  const passwords = createPasswords();
  const users = createUsers(stores.users, passwords, clock);
  const { email, password } = config.admin;
  if (password !== null && !(await stores.users.hasAdmin())) {
    await users.ensureAdmin(email, password);
  }
  const { setup, token: setupToken } = await openSetup(stores.users, users);

  // Providers
  const detector = localVoiceActivity({ clock, log });
  const decoders = opusDecoders({ clock, log });
  const models = modelHub({
    folder: join(dataDir, 'models'),
    hubUrl: config.modelHubUrl,
    models: catalogue,
    clock,
    log,
  });
  const transcribers = transcribersOf(config, { models, clock, log });
  const voiceIdentifier = voiceIdentifierOf(config, {
    emailOf: async (userId) => (await stores.users.find(userId))?.email ?? null,
    clock,
  });
  const remembering = composeRemembering(config, clock, log);

  // The way of the data
  const events = createLiveEvents(newHexId());
  const view = createLiveView(events);
  const guard = createStorageGuard({
    freeBytes: () => freeBytes(dataDir),
    minFreeBytes: config.minFreeDiskBytes,
    reserve: spaceReserve(dataDir),
    onFull: () => captures.suspend(new AppError('storage_full')),
    clock,
    log,
  });
  const admission = admissionOf(guard, (userId) => keeping.erasure.isErasing(userId));
  const captures = createCaptures({
    store: stores.captures,
    files,
    clock,
    log,
    reconnectGraceMs: config.reconnectGraceMs,
    maxLateMs: config.maxLateMs,
    onDevice: view.onDevice,
    admission,
  });
  const captureReader = createCaptureReader({ store: stores.captures, files, decoders });
  let worker: Worker | null = null;
  const onConversation = async (change: ConversationChange): Promise<void> => {
    // Shown before its jobs can run, so that what is shown comes in order.
    view.onConversation(change);
    for (const { stage } of change.effects) {
      await enqueueStage(stores.jobs, change.conversation, stage);
      worker?.nudge(jobKinds[stage]);
    }
    await joining.onClosed(change.conversation);
  };
  const conversations = createConversations(stores.conversations, clock, onConversation);
  const people = createPeople(stores.people, clock);
  const transcribing = composeTranscribing({
    config: config.transcription,
    transcribers,
    voiceIdentifier,
    people,
    stores,
    captureReader,
    view,
    openConversation: (captureId) => listening.openConversation(captureId),
    nudge: (kind) => worker?.nudge(kind),
    clock,
    log,
  });
  const { captions, pool } = transcribing;
  const edits = createEdits({
    store: stores.conversations,
    edits: stores.edits,
    speech: stores.speech,
    memories: stores.memories,
    cropped,
    people,
    judge: transcribing.tools.judge,
    onChange: onConversation,
    clock,
  });
  const joining = createJoining({
    store: stores.conversations,
    edits,
    captures: stores.captures,
    timeoutMs: config.conversationTimeoutMs,
  });
  const removeConversation = (userId: UserId, id: ConversationId): Promise<Deleted | null> =>
    deleteConversation(
      {
        store: stores.conversations,
        cropped,
        forgetMemories: (user, of) => stores.memories.removeByConversation(user, of),
        forgetPieces: (conversation) => dropPieces(stores.pieces, conversation),
        people: stores.people,
      },
      userId,
      id,
    );
  const listening = startListening({
    captures,
    captureStore: stores.captures,
    conversations,
    conversationStore: stores.conversations,
    speech: stores.speech,
    detector,
    decoders,
    captions,
    readSamples: (capture, startMs, endMs) => readSamples(captureReader, capture, startMs, endMs),
    settings: { timeoutMs: config.conversationTimeoutMs, contextMs },
    onActivity(capture, activity) {
      view.onActivity(capture, activity);
      captions.detect(capture, activity);
    },
    clock,
    log,
  });
  const handlers = stageHandlers({
    ...transcribing.tools,
    conversations,
    conversationStore: stores.conversations,
    memories: stores.memories,
    cropped,
    extractors: remembering.extractors,
    planCrop: config.cropping.isEnabled
      ? (regions, window) => planCrop(regions, window, config.cropping)
      : null,
  });

  const importing = composeImporting({
    store: stores.uploads,
    files: uploadFiles(dataDir),
    decoder: ffmpegDecoder(clock),
    captures,
    jobs: stores.jobs,
    admission,
    freeBytes: () => freeBytes(dataDir),
    maxFileBytes: config.maxUploadBytes,
    nudge: (kind) => worker?.nudge(kind),
    clock,
  });

  const keeping = composeKeeping({
    config,
    stores,
    captures,
    files,
    inspection: segmentInspection(dataDir, flac),
    userFiles: userFiles(dataDir),
    cropped,
    isPinned: (conversation) => conversation.isPinned,
    dropCropped: (userId, id) =>
      dropCroppedSound({ store: stores.conversations, cropped }, userId, id),
    removeConversation: async (userId, id) => {
      await removeConversation(userId, id);
    },
    stopJobs: async (userId) => worker?.release(userId),
    onErased: (userId) => events.forget(userId),
    freeBytes: () => freeBytes(dataDir),
    clock,
    log,
  });

  // The wire
  let allAsked: Promise<void> | null = null;
  const health = createHealth(
    serviceChecks({
      records: stores,
      freeBytes: () => freeBytes(dataDir),
      isStorageFull: () => guard.isFull(),
      canPack: config.isPackingEnabled ? () => files.isPresent() : null,
      detector,
      pool,
      captions,
      voiceIdentifier,
      languageModel: remembering.languageModel,
      jobs: stores.jobs,
      captures,
    }),
    {
      config: () => ({
        version,
        new_conversation_timeout_minutes: config.conversationTimeoutMs / 60_000,
        reconnect_grace_seconds: config.reconnectGraceMs / 1000,
        audio_cropping_enabled: config.cropping.isEnabled,
        transcription_service: transcribers.map(({ name }) => name).join(', ') || 'none',
        active_clients: captures.active().length,
      }),
      isSetupRequired: () => setup.isRequired(),
    },
    clock,
  );
  let isReady = false;
  const app = await buildApp({
    clock,
    log,
    tokens: createTokens(secret, stores.users, stores.revokedTokens, clock),
    login: createLogin(stores.users, passwords, clock),
    users,
    setup,
    devices: createDevices(stores.devices, clock),
    captures,
    audioSockets: config.audioSockets,
    captureStore: stores.captures,
    captureReader,
    uploads: importing.uploads,
    conversations: stores.conversations,
    annotateConversation: (userId, id, notes) => conversations.annotate(userId, id, notes),
    importText: (text) =>
      conversations.add(
        planTextImport(text, { now: clock.now(), judge: transcribing.tools.judge }),
      ),
    async deleteConversation(conversation, { withSound }) {
      const segmentCount = withSound ? await keeping.erasure.removeSoundOf(conversation) : 0;
      const deleted = await removeConversation(conversation.userId, conversation.id);
      return deleted && { ...deleted, segmentCount };
    },
    edits,
    async retranscribe(conversation, provider) {
      const asked = await enqueueRetranscription(stores.jobs, conversation, provider);
      worker?.nudge(retranscribeKind);
      return asked;
    },
    transcribers: pool,
    hearingHints: stores.hearingHints,
    models,
    jobs: stores.jobs,
    speech: stores.speech,
    people,
    personStore: stores.people,
    cropped,
    listening,
    memories: stores.memories,
    retention: keeping.retention,
    retentionSettings: stores.retentionSettings,
    erasure: keeping.erasure,
    storageUse: keeping.storageUse,
    checkCaptures: keeping.checkCaptures,
    signedPaths: createSignedPaths(secret, stores.users, clock),
    events,
    healthReport: health,
    isReady: () => isReady,
    publicUrl: config.publicUrl,
    isCookieSecure: config.isCookieSecure,
    dashboardDir: fileURLToPath(new URL('../../dashboard/dist', import.meta.url)),
  });

  /** What the last process left: half-written files, captures to wait for, jobs nobody asked for any more. */
  async function takeUp(): Promise<void> {
    const recovered = await repairCaptures({ store: stores.captures, files, log });
    await listening.resume();
    captures.resume(recovered);
    await stores.jobs.releaseAll();
    await importing.uploads.resume();
    for (const conversation of await stores.conversations.listUnfinished()) {
      for (const { stage } of owedEffects(conversation)) {
        await enqueueStage(stores.jobs, conversation, stage);
      }
    }
  }

  function startJobs(): Worker {
    allAsked = transcribing.start();
    const onDead = (job: Parameters<typeof markStageFailed>[1], error: unknown) =>
      markStageFailed(conversations, job, error);
    return startWorker({
      queue: stores.jobs,
      handlers: {
        ...handlers,
        ...transcribing.handlers,
        [retranscribeKind]: retranscribe({
          ...transcribing.tools,
          conversations,
          conversationStore: stores.conversations,
          edits,
        }),
        ...keeping.handlers,
        ...importing.handlers,
      },
      concurrency: transcribing.concurrency,
      timeoutMs: {
        ...transcribing.timeoutMs,
        ...remembering.timeoutMs,
        ...importing.timeoutMs,
        ...keeping.timeoutMs,
      },
      onDead: {
        ...Object.fromEntries(Object.values(jobKinds).map((kind) => [kind, onDead])),
        ...importing.onDead,
      },
      onChange: view.onJob,
      clock,
      log,
    });
  }

  return {
    setupToken,

    async report() {
      await allAsked;
      return health();
    },

    async start() {
      await takeUp();
      await guard.look();
      worker = startJobs();
      keeping.start((kind) => worker?.nudge(kind));
      await app.listen({ host: config.host, port: config.port });
      isReady = true;
      const address = app.server.address();
      return typeof address === 'object' && address ? address.port : config.port;
    },

    async stop() {
      isReady = false;
      keeping.stop();
      guard.stop();
      await captures.drain();
      await app.close();
      await listening.dispose();
      await worker?.stop(stopGraceMs);
      await transcribing.stop();
      await detector.dispose();
      await decoders.dispose();
      await appending.dispose();
      await remembering.stop();
      stores.close();
    },
  };
}
