import { z } from 'zod';
import { failureOfStatus, parseJson, ProviderError } from '../../base/index.ts';

export const provider = 'deepgram';

/** A request that was answered with a status other than success. */
export interface Refusal {
  readonly status: number;
  /** What the service calls it, where it says so in a form that can be shown. */
  readonly code: string | null;
  /** What the vendor's support asks for. */
  readonly requestId: string | null;
}

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
  return new ProviderError(provider, failureOfStatus(status), message);
}

/** A connection that was closed while it was needed. `reason` may hold anything; only a code in it is shown. */
export function closedEarly(closeCode: number, reason: string): ProviderError {
  const code = codeIn(reason);
  const isFinal = finalCloseCodes.includes(closeCode);
  const message = `closed the connection with ${closeCode}${code === null ? '' : ` ${code}`}`;
  return new ProviderError(provider, isFinal ? 'bad-request' : 'transient', message);
}

const errorBodySchema = z.object({
  err_code: z.string().nullish(),
  category: z.string().nullish(),
});

/** The code in an error's text: JSON of either generation, or prose, of which nothing else is shown: it may quote anything. */
export function codeIn(text: string): string | null {
  const body = errorBodySchema.safeParse(parseJson(text));
  const named = body.success ? (body.data.err_code ?? body.data.category ?? '') : text;
  // INVALID_AUTH, DATA-0000
  return /\b(?:[A-Z]{2,20}(?:_[A-Z]{2,20}){1,5}|[A-Z]{3,5}-\d{4})\b/.exec(named)?.[0] ?? null;
}
