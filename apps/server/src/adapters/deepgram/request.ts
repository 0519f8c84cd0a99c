import { ProviderError, type Clock } from '../../base/index.ts';
import { provider } from './failures.ts';

export interface RequestOptions {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Blob;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** From the call to the last byte of the answer. Connecting alone may take 10 s, the limit of `fetch`. */
  readonly limitMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** An hour of words is about 4 MB. */
const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * Any status is an answer, that of a redirection too: the key goes nowhere else. Rejects with the signal's reason
 * when aborted, with a `TimeoutError` when the limit passes, else with what `fetch` threw.
 */
export async function request(
  url: URL,
  { method, headers, body, clock, signal, limitMs }: RequestOptions,
): Promise<Answer> {
  const timeout = new AbortController();
  const cancelLimit = clock.after(limitMs, () =>
    timeout.abort(new DOMException('no answer in time', 'TimeoutError')),
  );
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout.signal]),
      ...(body && { body }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: await textOf(response),
    };
  } finally {
    cancelLimit();
  }
}

async function textOf(response: Response): Promise<string> {
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
