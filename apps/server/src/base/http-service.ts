import { Agent } from 'undici';
import type { Clock } from './clock.ts';
import { ProviderError, type ProviderFailure } from './errors.ts';

/** A service of others that is asked over HTTP. */
export interface HttpService {
  /** For people: scheme, host, port and path prefix. */
  readonly address: string;
  /**
   * Any status is an answer, that of a redirection too: the key goes nowhere else. Throws `ProviderError` (`timeout` or
   * `transient`) when there is no whole answer, and the signal's reason when aborted.
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Where a WebSocket of the same service is, and what lets us in; `path` may have a query. */
  webSocket(path: string): {
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
  };
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Below the service's address; begins with a slash, may have a query. */
  readonly path: string;
  readonly body?: FormData | Blob;
  readonly signal: AbortSignal;
  /** From the call to the last byte of the answer; for a connection alone 5 s. */
  readonly limitMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * By itself `fetch` gives up after 300 s without an answer; each request has its own limit here. Node.js has the same library
 * within, typed by another release of it.
 */
const dispatcher = new Agent({
  connect: { timeout: 5_000 },
  headersTimeout: 0,
  bodyTimeout: 0,
}) as unknown as NonNullable<RequestInit['dispatcher']>;

/**
 * The service at `baseUrl`, which may have a path, as behind a proxy. Throws a `TypeError` that says what is wrong with
 * the address or the key, and names neither the key nor credentials within the address.
 *
 * @param options.provider names it in errors.
 * @param options.apiKey is sent as credentials of the scheme, `Bearer` if not told otherwise; null: none is.
 */
export function httpService(options: {
  readonly provider: string;
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly scheme?: 'Bearer' | 'Token';
  readonly clock: Clock;
}): HttpService {
  const { provider, apiKey, scheme = 'Bearer', clock } = options;
  const address = addressOf(provider, options.baseUrl);
  // Anything else would fail in a header, with an error that quotes it.
  if (apiKey !== null && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError(`the key of ${provider} must be plain characters without spaces`);
  }
  const credentials: Readonly<Record<string, string>> =
    apiKey === null ? {} : { authorization: `${scheme} ${apiKey}` };
  const headers = { accept: 'application/json', ...credentials };

  return {
    address,
    webSocket: (path) => ({
      url: new URL(address.replace(/^http/, 'ws') + path),
      headers: credentials,
    }),
    async request({ method, path, body, signal, limitMs }) {
      signal.throwIfAborted();
      const timeout = new AbortController();
      const cancelLimit = clock.after(limitMs, () =>
        timeout.abort(new DOMException(tooLate, 'TimeoutError')),
      );
      try {
        const response = await fetch(address + path, {
          method,
          headers,
          redirect: 'manual',
          dispatcher,
          signal: AbortSignal.any([signal, timeout.signal]),
          ...(body && { body }),
        });
        const { status } = response;
        return { status, headers: response.headers, body: await textOf(provider, response) };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ProviderError) throw error;
        throw connectionFailed(provider, error);
      } finally {
        cancelLimit();
      }
    },
  };
}

/** The statuses that are not classed by their first digit. */
const statusFailures: Readonly<Record<number, ProviderFailure>> = {
  401: 'auth',
  402: 'auth',
  403: 'auth',
  // The address or the model is wrong, which is mended as credentials are: what was sent is not to blame.
  404: 'auth',
  405: 'auth',
  408: 'transient',
  409: 'transient',
  425: 'transient',
  429: 'transient',
  499: 'transient',
};

/** How a request that was answered with this status, not a success, is treated, where the service says no more. */
export function failureOfStatus(status: number): ProviderFailure {
  return statusFailures[status] ?? (status >= 400 && status < 500 ? 'bad-request' : 'transient');
}

const tooLate = 'no answer in time';

/** The failure that a connection is which broke, never was, or (a `TimeoutError`) took too long. */
export function connectionFailed(provider: string, error: unknown): ProviderError {
  const problem = connectionProblem(error);
  const failure = problem === tooLate ? 'timeout' : 'transient';
  return new ProviderError(provider, failure, `the connection failed (${problem})`, {
    cause: error,
  });
}

/** For people: the system's code of what went wrong with a connection, no more. */
export function connectionProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'broken';
  if (error.name === 'TimeoutError') return tooLate;
  if (!('code' in error && typeof error.code === 'string')) return connectionProblem(error.cause);
  return error.code.includes('TIMEOUT') ? tooLate : error.code;
}

/** What a text says as JSON; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function addressOf(provider: string, baseUrl: string): string {
  const base = URL.parse(baseUrl);
  if (!base || !['http:', 'https:'].includes(base.protocol)) {
    throw new TypeError(`the address of ${provider} must be an http(s) URL`);
  }
  if (base.username || base.password || base.search || base.hash) {
    throw new TypeError(`the address of ${provider} must hold no credentials, query or fragment`);
  }
  return base.origin + base.pathname.replace(/\/+$/, '');
}

async function textOf(provider: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    byteCount += chunk.length;
    if (byteCount > maxAnswerBytes) {
      throw new ProviderError(provider, 'transient', 'the answer is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
