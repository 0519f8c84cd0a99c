import { z } from 'zod';
import { failureOfStatus, parseJson, ProviderError, type HttpAnswer } from '../../base/index.ts';

export const provider = 'mistral';

/** Refusals of parameters say `detail` instead. */
const bodySchema = z
  .object({ code: z.union([z.string(), z.number()]), type: z.string() })
  .partial();

const statusNotes: Readonly<Record<number, string>> = {
  402: 'the account has to be paid for',
  404: 'it has no such model, or is at another address',
  413: 'the sound is too large for one request',
  429: 'more than the workspace may ask for',
};

/** The failure that an answer other than success is. Of its body, only what has the form of a code is shown. */
export function refused({ status, body }: HttpAnswer): ProviderError {
  const code = codeIn(body);
  const note = statusNotes[status];
  const message = `answers ${status}${code === null ? '' : ` ${code}`}${note ? `: ${note}` : ''}`;
  return new ProviderError(provider, failureOfStatus(status), message);
}

/** `3051`, `rate_limited`; anything longer may be prose and quote what was sent. */
function codeIn(body: string): string | null {
  const parsed = bodySchema.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const codes = [String(parsed.data.code ?? ''), parsed.data.type ?? ''];
  return codes.find((code) => /^[\w.-]{1,40}$/.test(code)) ?? null;
}
