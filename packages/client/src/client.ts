import {
  activeClientsSchema,
  captureRemovedSchema,
  changedConversationSchema,
  changedConversationsSchema,
  closeConversationSchema,
  importedConversationSchema,
  conversationHistorySchema,
  conversationListSchema,
  conversationPageSchema,
  createUserResponseSchema,
  deletedConversationSchema,
  erasedSchema,
  healthSchema,
  importJobSchema,
  memoryListSchema,
  memorySearchSchema,
  modelRemovedSchema,
  modelSchema,
  modelsSchema,
  namedSpeakerSchema,
  peopleSchema,
  personSchema,
  removedPersonSchema,
  reprocessedSchema,
  transcribersSchema,
  activatedSchema,
  type ImportConversationBody,
  type NameSpeakerBody,
  retentionPlanSchema,
  retentionSettingsSchema,
  setupStatusSchema,
  signedUrlSchema,
  storageSchema,
  tokenResponseSchema,
  uploadAcceptedSchema,
  userSchema,
  type RetentionSettingsBody,
  type UpdateConversationBody,
} from '@friend-lite/contract';
import { captureCheck } from './capture-check.ts';
import { ApiError } from './errors.ts';
import { liveEvents, type LiveEventsOptions } from './live-events.ts';
import {
  requestJson,
  requestVoid,
  type AnswerSchema,
  type RequestOptions,
  type RequestParts,
  type Transport,
} from './request.ts';

export interface ClientOptions {
  /** Where the server answers, e.g. `http://localhost:8000`; empty for the page's own origin. */
  readonly baseUrl: string;
  /** A bearer token, as `loginForToken` gives it. */
  readonly token?: string;
  /** `include` in a browser whose session cookie says who asks. */
  readonly credentials?: 'include';
  readonly fetch?: typeof fetch;
}

interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface Page {
  readonly limit?: number;
  readonly offset?: number;
}

/** A file of sound; its content is read while it is sent. */
export interface UploadItem {
  readonly name: string;
  readonly content: Blob;
  /** When it was last changed, taken for the end of its sound. */
  readonly lastModified?: Date;
}

export interface UploadFacts {
  readonly deviceName?: string;
  /** Start of the sound of each file; else it is told from `lastModified`. */
  readonly recordedAt?: Date;
}

/** A gigabyte over a slow line. */
const uploadTimeoutMs = 6 * 3_600_000;

export type Client = ReturnType<typeof createClient>;

/**
 * The routes of a Friend-Lite server as methods.
 *
 * Each returns the answer's body, parsed; takes an AbortSignal and a timeout; and throws `ApiError`, or
 * the signal's reason when the caller aborted.
 */
export function createClient(options: ClientOptions) {
  const transport: Transport = {
    baseUrl: options.baseUrl.replace(/\/+$/, ''),
    token: options.token ?? null,
    credentials: options.credentials ?? null,
    fetch: options.fetch ?? ((...parameters) => fetch(...parameters)),
  };
  const get = <T>(
    path: string,
    schema: AnswerSchema<T>,
    query: RequestParts['query'],
    request?: RequestOptions,
  ) => requestJson(transport, path, schema, query ? { query } : {}, request);
  const post = <T>(
    path: string,
    schema: AnswerSchema<T>,
    parts: RequestParts,
    request?: RequestOptions,
  ) => requestJson(transport, path, schema, { ...parts, method: 'POST' }, request);
  const remove = <T>(
    path: string,
    schema: AnswerSchema<T>,
    parts: RequestParts,
    request?: RequestOptions,
  ) => requestJson(transport, path, schema, { ...parts, method: 'DELETE' }, request);
  const command = (path: string, parts: RequestParts, request?: RequestOptions) =>
    requestVoid(transport, path, { ...parts, method: 'POST' }, request);

  return {
    /** Signs in and returns a bearer token; make a new client with it. Wrong ones: `bad_credentials`. */
    loginForToken: (credentials: Credentials, request?: RequestOptions) =>
      post('/auth/jwt/login', tokenResponseSchema, { form: loginForm(credentials) }, request),

    /** Signs in by a cookie that only the browser holds. Wrong credentials: `bad_credentials`. */
    loginWithCookie: (credentials: Credentials, request?: RequestOptions) =>
      command('/auth/cookie/login', { form: loginForm(credentials) }, request),

    /** Ends the token's or the cookie's session. */
    logout: (request?: RequestOptions) =>
      command(transport.token === null ? '/auth/cookie/logout' : '/auth/jwt/logout', {}, request),

    me: (request?: RequestOptions) => get('/users/me', userSchema, undefined, request),

    /** Whether the server still waits for its first administrator. */
    setupStatus: (request?: RequestOptions) =>
      get('/api/setup', setupStatusSchema, undefined, request),

    /** Makes the first administrator, with the token of the link the server printed. */
    submitSetup: (setup: Credentials & { readonly token: string }, request?: RequestOptions) =>
      command('/api/setup', { json: setup }, request),

    createUser: (
      user: Credentials & { readonly display_name?: string; readonly is_superuser?: boolean },
      request?: RequestOptions,
    ) => post('/api/create_user', createUserResponseSchema, { json: user }, request),

    health: (request?: RequestOptions) => get('/health', healthSchema, undefined, request),

    /** Whether the server takes work now. Not being reachable at all throws. */
    readiness: async (request?: RequestOptions): Promise<boolean> => {
      try {
        await requestVoid(transport, '/readiness', {}, request);
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.status === 503) return false;
        throw error;
      }
    },

    activeClients: (request?: RequestOptions) =>
      get('/api/clients/active', activeClientsSchema, undefined, request),

    /** Newest first. */
    conversations: ({ limit, offset }: Page = {}, request?: RequestOptions) =>
      get('/api/conversations', conversationListSchema, { limit, offset }, request),

    /** `id` is a conversation id or an `audio_uuid`. */
    conversation: async (id: string, request?: RequestOptions) => {
      const path = `/api/conversations/${encodeURIComponent(id)}`;
      return (await get(path, conversationPageSchema, undefined, request)).conversation;
    },

    /** Ends the open conversation of a device at once. None open: `no_open_conversation`. */
    closeConversation: (clientId: string, request?: RequestOptions) =>
      post(
        `/api/conversations/${encodeURIComponent(clientId)}/close`,
        closeConversationSchema,
        {},
        request,
      ),

    /** Brings in words that were written down elsewhere; the same ones again are the same conversation. */
    importConversation: (json: ImportConversationBody, request?: RequestOptions) =>
      post('/api/conversations/import', importedConversationSchema, { json }, request),

    /** Names or pins a conversation. */
    updateConversation: async (
      id: string,
      change: UpdateConversationBody,
      request?: RequestOptions,
    ) => {
      const parts: RequestParts = { method: 'PATCH', json: change };
      const path = conversationPath(id);
      return (await requestJson(transport, path, changedConversationSchema, parts, request))
        .conversation;
    },

    /** Removes a conversation with its words and memories; its recordings too, where `audio` says so. */
    deleteConversation: (id: string, { audio = false } = {}, request?: RequestOptions) =>
      remove(
        conversationPath(id),
        deletedConversationSchema,
        { query: { delete_audio: String(audio) } },
        request,
      ),

    /** The first part keeps the id. While its jobs run: `conversation_busy`. */
    splitConversation: async (id: string, atSeconds: number, request?: RequestOptions) => {
      const json = { at_seconds: atSeconds };
      const path = conversationPath(id, 'split');
      return (await post(path, changedConversationsSchema, { json }, request)).conversations;
    },

    /** The earliest keeps its id, and takes in the others: they are `conversation_merged` from then on. */
    mergeConversations: async (ids: readonly string[], request?: RequestOptions) => {
      const json = { conversation_ids: ids };
      const path = '/api/conversations/merge';
      return (await post(path, changedConversationSchema, { json }, request)).conversation;
    },

    /** Keeps what is between, in seconds from its start. */
    trimConversation: async (
      id: string,
      { start, end }: { readonly start?: number; readonly end?: number },
      request?: RequestOptions,
    ) => {
      const json = { start_seconds: start, end_seconds: end };
      const path = conversationPath(id, 'trim');
      return (await post(path, changedConversationSchema, { json }, request)).conversation;
    },

    /** Takes back the last edit of a conversation; resolves with all that it restored. */
    undoEdit: async (id: string, request?: RequestOptions) =>
      (await post(conversationPath(id, 'undo'), changedConversationsSchema, {}, request))
        .conversations,

    /** Latest first. */
    conversationHistory: async (id: string, request?: RequestOptions) =>
      (await get(conversationPath(id, 'history'), conversationHistorySchema, undefined, request))
        .edits,

    /** Where the words can be taken away from, as a file. */
    transcriptUrl: (id: string, format: 'json' | 'txt' | 'srt' | 'vtt') =>
      `${transport.baseUrl}${conversationPath(id, 'transcript')}?format=${format}`,

    /** Has it heard once more, by this recogniser or by whoever is asked first; it becomes the active version. */
    reprocessTranscript: (id: string, provider?: string, request?: RequestOptions) =>
      post(
        conversationPath(id, 'reprocess-transcript'),
        reprocessedSchema,
        { json: provider === undefined ? {} : { provider } },
        request,
      ),

    activateTranscript: (id: string, versionId: string, request?: RequestOptions) =>
      post(
        conversationPath(id, `activate-transcript/${encodeURIComponent(versionId)}`),
        activatedSchema,
        {},
        request,
      ),

    /** Corrects what was understood, as a new version; an empty text removes a segment. */
    correctTranscript: async (
      id: string,
      segments: readonly { readonly segment_id: string; readonly text: string }[],
      request?: RequestOptions,
    ) => {
      const path = conversationPath(id, 'transcript');
      const init = { method: 'PATCH', json: { segments } } as const;
      return (await requestJson(transport, path, changedConversationSchema, init, request))
        .conversation;
    },

    /** The recognisers, the most preferred first. */
    transcribers: async (request?: RequestOptions) =>
      (await get('/api/transcribers', transcribersSchema, undefined, request)).transcribers,

    /** Everybody who was named, by name. */
    people: async (request?: RequestOptions) =>
      (await get('/api/people', peopleSchema, undefined, request)).people,
    renamePerson: (id: string, name: string, request?: RequestOptions) =>
      requestJson(
        transport,
        personPath(id),
        personSchema,
        { method: 'PATCH', json: { name } },
        request,
      ),
    /** The first takes over what the others said. */
    mergePeople: (ids: readonly string[], request?: RequestOptions) =>
      post('/api/people/merge', personSchema, { json: { person_ids: ids } }, request),
    /** What they said is nobody's then. */
    removePerson: (id: string, request?: RequestOptions) =>
      remove(personPath(id), removedPersonSchema, {}, request),
    /** Says who said a segment, and what else is theirs. */
    nameSpeaker: (id: string, claim: NameSpeakerBody, request?: RequestOptions) =>
      post(conversationPath(id, 'speakers'), namedSpeakerSchema, { json: claim }, request),

    /** Newest first. */
    memories: ({ limit, offset }: Page = {}, request?: RequestOptions) =>
      get('/api/memories', memoryListSchema, { limit, offset }, request),

    /** Best first. */
    searchMemories: (
      { query, limit }: { readonly query: string; readonly limit?: number },
      request?: RequestOptions,
    ) => get('/api/memories/search', memorySearchSchema, { query, limit }, request),

    /** Sends files of sound, any number at once. Resolves when all came; `importJob` tells how they go on. */
    upload: (items: readonly UploadItem[], facts: UploadFacts = {}, request?: RequestOptions) =>
      post(
        '/api/audio/upload',
        uploadAcceptedSchema,
        { multipart: uploadForm(items, facts) },
        { timeoutMs: uploadTimeoutMs, ...request },
      ),

    /** How an upload stands, or one file of it. Somebody else's, or none: `job_not_found`. */
    importJob: (jobId: string, request?: RequestOptions) =>
      get(`/api/queue/jobs/${encodeURIComponent(jobId)}`, importJobSchema, undefined, request),

    /** Where the sound of an `audio_path` or `cropped_audio_path` is; it answers Range requests. */
    audioUrl: (audioPath: string) =>
      `${transport.baseUrl}/audio/${audioPath.split('/').map(encodeURIComponent).join('/')}`,

    /** An address of one's own sound that opens without a token, for ten minutes. */
    signedAudioUrl: async (audioPath: string, request?: RequestOptions) => {
      const json = { path: audioPath };
      const signed = await post('/api/audio/sign', signedUrlSchema, { json }, request);
      return { url: transport.baseUrl + signed.url, expiresAt: signed.expires_at };
    },

    /** What one's data takes on the disk, by kind and device, and what is free. */
    storage: (request?: RequestOptions) => get('/api/storage', storageSchema, undefined, request),

    retentionSettings: (request?: RequestOptions) =>
      get('/api/settings/retention', retentionSettingsSchema, undefined, request),

    setRetentionSettings: (settings: RetentionSettingsBody, request?: RequestOptions) =>
      requestJson(
        transport,
        '/api/settings/retention',
        retentionSettingsSchema,
        { method: 'PUT', json: settings },
        request,
      ),

    /** What `runRetention` would remove now. */
    previewRetention: (request?: RequestOptions) =>
      post('/api/retention/dry-run', retentionPlanSchema, {}, { timeoutMs: 30_000, ...request }),

    /** Removes what the settings let go of, as the server does every day. */
    runRetention: (request?: RequestOptions) =>
      post('/api/retention/run', retentionPlanSchema, {}, { timeoutMs: 30_000, ...request }),

    /** Removes a recording. Conversations that claim it: `capture_claimed`, or they lose their sound. */
    removeCapture: (id: string, { force = false } = {}, request?: RequestOptions) =>
      remove(
        `/api/captures/${encodeURIComponent(id)}`,
        captureRemovedSchema,
        { query: { force: String(force) } },
        request,
      ),

    /** Removes everything of oneself but the account. */
    eraseMyData: (request?: RequestOptions) =>
      remove('/api/users/me/data', erasedSchema, {}, { timeoutMs: 60_000, ...request }),

    /** Removes everything of a user but the account; for administrators. */
    eraseUserData: (userId: string, request?: RequestOptions) =>
      remove(
        `/api/users/${encodeURIComponent(userId)}/data`,
        erasedSchema,
        {},
        { timeoutMs: 60_000, ...request },
      ),

    /** The models that can be fetched; for administrators, as the next three. */
    models: async (request?: RequestOptions) =>
      (await get('/api/admin/models', modelsSchema, undefined, request)).models,
    model: (name: string, request?: RequestOptions) =>
      get(modelPath(name), modelSchema, undefined, request),
    /** Has the server begin to fetch it; `model` tells how that goes on. */
    fetchModel: (name: string, request?: RequestOptions) =>
      post(`${modelPath(name)}/fetch`, modelSchema, {}, request),
    removeModel: (name: string, request?: RequestOptions) =>
      remove(modelPath(name), modelRemovedSchema, {}, request),

    /** Checks every recording of the server, line by line; for administrators. */
    checkCaptures: (request?: Pick<RequestOptions, 'signal'>) => captureCheck(transport, request),

    /** What happens now; see `liveEvents`. */
    liveEvents: (live: LiveEventsOptions) => liveEvents(transport, live),
  };
}

function personPath(id: string): string {
  return `/api/people/${encodeURIComponent(id)}`;
}

function modelPath(name: string): string {
  return `/api/admin/models/${encodeURIComponent(name)}`;
}

function conversationPath(id: string, what?: string): string {
  const path = `/api/conversations/${encodeURIComponent(id)}`;
  return what === undefined ? path : `${path}/${what}`;
}

function uploadForm(
  items: readonly UploadItem[],
  { deviceName, recordedAt }: UploadFacts,
): FormData {
  const form = new FormData();
  if (deviceName !== undefined) form.append('device_name', deviceName);
  if (recordedAt) form.append('recorded_at', recordedAt.toISOString());
  for (const { name, content, lastModified } of items) {
    // It is of the file that follows it.
    if (lastModified) form.append('last_modified', lastModified.toISOString());
    form.append('files', content, name);
  }
  return form;
}

function loginForm({ email, password }: Credentials): Record<string, string> {
  return { username: email, password };
}
