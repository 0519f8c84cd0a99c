/** How far a capture is on the server's disk for good. */
export interface Progress {
  readonly captureId: string;
  readonly seq: number;
}

/** What the server says on an audio socket, as far as this client acts on it. */
type ServerMessage =
  | {
      readonly type: 'ready';
      readonly clientId: string | null;
      /** The capture that goes on, and the one before; null where there is none, or acks were not asked for. */
      readonly ongoing: Progress | null;
      readonly ended: Progress | null;
    }
  | ({ readonly type: 'ack' } & Progress)
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      /** The close code, or an HTTP-like status. */
      readonly number: number;
    };

/** Reads one message; null for anything that is not a `ready`, an `ack` or an `error`. Never throws. */
export function parseServerMessage(data: unknown): ServerMessage | null {
  const message = objectOf(data);
  switch (message?.type) {
    case 'ready': {
      const details = isObject(message.data) ? message.data : {};
      return {
        type: 'ready',
        clientId: textOf(details.client_id),
        ongoing: progressOf(details),
        ended: progressOf(details.ended),
      };
    }
    case 'ack': {
      const progress = progressOf(message.data);
      return progress && { type: 'ack', ...progress };
    }
    case 'error': {
      const { error, message: sentence, code } = message;
      return {
        type: 'error',
        code: textOf(error) ?? 'internal',
        message: textOf(sentence) ?? 'The server reported an error',
        number: typeof code === 'number' ? code : 0,
      };
    }
    default:
      return null;
  }
}

interface Fields {
  readonly type?: unknown;
  readonly data?: unknown;
  readonly client_id?: unknown;
  readonly capture_id?: unknown;
  readonly seq?: unknown;
  readonly ended?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
}

function progressOf(value: unknown): Progress | null {
  if (!isObject(value)) return null;
  const { capture_id: captureId, seq } = value;
  return typeof captureId === 'string' && typeof seq === 'number' ? { captureId, seq } : null;
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
