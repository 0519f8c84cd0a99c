import {
  activeClientsSchema,
  closeConversationSchema,
  conversationListSchema,
  conversationPageSchema,
  createUserResponseSchema,
  healthSchema,
  memoryListSchema,
  memorySearchSchema,
  setupStatusSchema,
  tokenResponseSchema,
  userSchema,
} from '@friend-lite/contract';
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

    /** Newest first. */
    memories: ({ limit, offset }: Page = {}, request?: RequestOptions) =>
      get('/api/memories', memoryListSchema, { limit, offset }, request),

    /** Best first. */
    searchMemories: (
      { query, limit }: { readonly query: string; readonly limit?: number },
      request?: RequestOptions,
    ) => get('/api/memories/search', memorySearchSchema, { query, limit }, request),

    /** Where the sound of an `audio_path` or `cropped_audio_path` is; it answers Range requests. */
    audioUrl: (audioPath: string) =>
      `${transport.baseUrl}/audio/${audioPath.split('/').map(encodeURIComponent).join('/')}`,

    /** What happens now; see `liveEvents`. */
    liveEvents: (live: LiveEventsOptions) => liveEvents(transport, live),
  };
}

function loginForm({ email, password }: Credentials): Record<string, string> {
  return { username: email, password };
}
