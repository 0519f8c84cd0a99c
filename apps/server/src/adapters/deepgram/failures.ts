import { z } from 'zod';
import { ProviderError, type ProviderFailure } from '../../base/index.ts';

export const provider = 'deepgram';

/** A request that was answered with a status other than success. */
export interface Refusal {
  readonly status: number;
  /** What the service calls it, where it says so in a form that can be shown. */
  readonly code: string | null;
  /** What the vendor's support asks for. */
  readonly requestId: string | null;
}

/** The statuses that are not classed by their first digit. */
const statusClasses: Readonly<Record<number, ProviderFailure>> = {
  401: 'auth',
  402: 'auth',
  403: 'auth',
  408: 'transient',
  429: 'transient',
  499: 'transient',
};

const statusNotes: Readonly<Record<number, string>> = {
  402: 'the account has to be paid for',
  413: 'the sound is too large for one request',
  429: 'too many requests at once',
  504: 'the sound took too long; shorter pieces may not',
};

/**
 * Close codes after which the same request would fail again, as the vendor's own client has it. The others pass, those
 * from 4000 on included.
 */
const finalCloseCodes: readonly number[] = [1002, 1003, 1007, 1008, 1009];

/** `headers` and `body` are what came with the status; only what has the form of a code or an id is taken from them. */
export function refusalOf(
  status: number,
  headers: { readonly get: (name: string) => string | null },
  body: string,
): Refusal {
  const requestId = headers.get('dg-request-id');
  return {
    status,
    code: codeIn(headers.get('dg-error') ?? '') ?? codeIn(body),
    requestId: requestId !== null && /^[\w-]{1,64}$/.test(requestId) ? requestId : null,
  };
}

export function refused({ status, code }: Refusal): ProviderError {
  const note = statusNotes[status];
  const message = `answers ${status}${code === null ? '' : ` ${code}`}${note ? `: ${note}` : ''}`;
  return new ProviderError(provider, classOfStatus(status), message);
}

/** A connection that was closed while it was needed. `reason` may hold anything; only a code in it is shown. */
export function closedEarly(closeCode: number, reason: string): ProviderError {
  const code = codeIn(reason);
  const isFinal = finalCloseCodes.includes(closeCode);
  const message = `closed the connection with ${closeCode}${code === null ? '' : ` ${code}`}`;
  return new ProviderError(provider, isFinal ? 'bad-request' : 'transient', message);
}

/** What is thrown by a connection that failed or took too long. */
export function connectionFailed(error: unknown): ProviderError {
  const problem = connectionProblem(error);
  const failure = problem === tooLate ? 'timeout' : 'transient';
  return new ProviderError(provider, failure, `the connection failed (${problem})`);
}

const tooLate = 'no answer in time';

/** For people: the system's code of what went wrong with a connection, no more. */
export function connectionProblem(error: unknown): string {
  const code = systemCode(error);
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  return isLate || code?.includes('TIMEOUT') ? tooLate : (code ?? 'broken');
}

function classOfStatus(status: number): ProviderFailure {
  return statusClasses[status] ?? (status >= 400 && status < 500 ? 'bad-request' : 'transient');
}

const errorBodySchema = z.object({
  err_code: z.string().nullish(),
  category: z.string().nullish(),
});

/** The code in an error's text: JSON of either generation, or prose, of which nothing else is shown: it may quote anything. */
export function codeIn(text: string): string | null {
  const body = errorBodySchema.safeParse(parsed(text));
  const named = body.success ? (body.data.err_code ?? body.data.category ?? '') : text;
  // INVALID_AUTH, DATA-0000
  return /\b(?:[A-Z]{2,20}(?:_[A-Z]{2,20}){1,5}|[A-Z]{3,5}-\d{4})\b/.exec(named)?.[0] ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `fetch` wraps the system's error, and a system's error may wrap one for each address that was tried. */
function systemCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return systemCode(error.cause);
}
