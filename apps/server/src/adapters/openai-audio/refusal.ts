import { z } from 'zod';
import {
  failureOfStatus,
  parseJson,
  ProviderError,
  type HttpAnswer,
  type ProviderFailure,
} from '../../base/index.ts';

export const provider = 'openai';

/** The statuses of refusals that may be about the form of the answer that was asked for. */
const parameterStatuses: readonly number[] = [400, 422, 501];

/** OpenAI's; some compatible servers leave the envelope out, others say `detail` and no code. */
const codedSchema = z.object({ code: z.unknown(), type: z.unknown() }).partial();
const bodySchema = codedSchema.extend({ error: codedSchema.optional().catch(undefined) });

const statusNotes: Readonly<Record<number, string>> = {
  402: 'the account has to be paid for',
  404: 'it has no such model, or is at another address',
  413: 'the sound is too large for one request',
};

/** Whether a refusal may be about a parameter rather than about the sound. */
export function isAboutParameters({ status }: HttpAnswer): boolean {
  return parameterStatuses.includes(status);
}

/** The failure that an answer other than success is. Of its body, only what has the form of a code is shown. */
export function refused({ status, body }: HttpAnswer): ProviderError {
  const code = codeIn(body);
  const note = isAboutPayment(code) ? statusNotes[402] : statusNotes[status];
  const message = `answers ${status}${code === null ? '' : ` ${code}`}${note ? `: ${note}` : ''}`;
  return new ProviderError(provider, failureOf(status, code), message);
}

/** A quota that is used up comes with the status of too many requests, but does not pass. */
function failureOf(status: number, code: string | null): ProviderFailure {
  return isAboutPayment(code) ? 'auth' : failureOfStatus(status);
}

function isAboutPayment(code: string | null): boolean {
  return code !== null && /quota|billing/.test(code);
}

function codeIn(body: string): string | null {
  const parsed = bodySchema.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const { error = parsed.data } = parsed.data;
  const codes = [error.code, error.type];
  return codes.find((code): code is string => isCode(code)) ?? null;
}

/** `rate_limit_exceeded`; anything longer may be prose and quote what was sent. */
function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,40}$/.test(value);
}
