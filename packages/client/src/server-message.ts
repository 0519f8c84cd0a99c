/** What the server says on an audio socket, as far as this client acts on it. */
type ServerMessage =
  | { readonly type: 'ready'; readonly clientId: string | null }
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      /** The close code, or an HTTP-like status. */
      readonly number: number;
    };

/** Reads one message; null for anything that is not a `ready` or an `error`. Never throws. */
export function parseServerMessage(data: unknown): ServerMessage | null {
  const message = objectOf(data);
  if (message?.type === 'ready') {
    const details = message.data;
    return { type: 'ready', clientId: isObject(details) ? textOf(details.client_id) : null };
  }
  if (message?.type === 'error') {
    const { error, message: sentence, code } = message;
    return {
      type: 'error',
      code: textOf(error) ?? 'internal',
      message: textOf(sentence) ?? 'The server reported an error',
      number: typeof code === 'number' ? code : 0,
    };
  }
  return null;
}

interface Fields {
  readonly type?: unknown;
  readonly data?: unknown;
  readonly client_id?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
}

function objectOf(data: unknown): Fields | null {
  if (typeof data !== 'string') return null;
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
