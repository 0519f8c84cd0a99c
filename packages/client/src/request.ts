import { ApiError, clientError, errorOfResponse } from './errors.ts';

export interface RequestOptions {
  /** When it aborts, the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** For the whole call, its body included. 15 s by default. */
  readonly timeoutMs?: number | undefined;
}

/** The part of a zod schema that is needed to read an answer. */
export interface AnswerSchema<T> {
  safeParse(value: unknown): { readonly success: boolean; readonly data?: T };
}

/** How requests reach the server and who they come from. */
export interface Transport {
  readonly baseUrl: string;
  readonly token: string | null;
  readonly credentials: 'include' | null;
  readonly fetch: typeof fetch;
}

export interface RequestParts {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly multipart?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

const defaultTimeoutMs = 15_000;

/**
 * One request whose answer is read by `schema`.
 *
 * @throws ApiError for any failure but the caller's own abort, which is rethrown as the signal's reason.
 */
export async function requestJson<T>(
  transport: Transport,
  path: string,
  schema: AnswerSchema<T>,
  parts: RequestParts,
  options: RequestOptions = {},
): Promise<T> {
  return exchange(options, async (signal) => {
    const response = await send(transport, path, parts, signal);
    const body: unknown = await response.json().catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      throw clientError('invalid_answer', 'The answer of the server is not JSON', cause);
    });
    const parsed = schema.safeParse(body);
    if (!parsed.success || parsed.data === undefined) {
      throw clientError('invalid_answer', 'The answer of the server is not understood');
    }
    return parsed.data;
  });
}

/** One request of whose answer only the success matters. Throws as `requestJson` does. */
export async function requestVoid(
  transport: Transport,
  path: string,
  parts: RequestParts,
  options: RequestOptions = {},
): Promise<void> {
  await exchange(options, async (signal) => {
    const response = await send(transport, path, parts, signal);
    await response.body?.cancel();
  });
}

/** Sends a request and returns its 2xx answer with the body unread. */
export async function send(
  transport: Transport,
  path: string,
  parts: RequestParts,
  signal: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...parts.headers };
  if (transport.token !== null) headers.authorization = `Bearer ${transport.token}`;
  if (parts.json !== undefined) headers['content-type'] = 'application/json';
  const response = await transport.fetch(`${transport.baseUrl}${path}${queryOf(parts.query)}`, {
    method: parts.method ?? 'GET',
    headers,
    signal,
    ...(transport.credentials ? { credentials: transport.credentials } : {}),
    ...(parts.json !== undefined ? { body: JSON.stringify(parts.json) } : {}),
    ...(parts.form ? { body: new URLSearchParams(parts.form) } : {}),
    ...(parts.multipart ? { body: parts.multipart } : {}),
  });
  if (!response.ok) throw await errorOfResponse(response);
  return response;
}

async function exchange<T>(
  { signal, timeoutMs = defaultTimeoutMs }: RequestOptions,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await run(signal ? AbortSignal.any([signal, timeout]) : timeout);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ApiError) throw error;
    if (timeout.aborted) throw clientError('timeout', 'The server did not answer in time', error);
    throw clientError('network', 'The server cannot be reached', error);
  }
}

function queryOf(query: RequestParts['query']): string {
  const set = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) set.set(name, String(value));
  }
  return set.size > 0 ? `?${set.toString()}` : '';
}
