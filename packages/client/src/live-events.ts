import { liveEventSchema, type LiveEvent } from '@friend-lite/contract';
import { ApiError } from './errors.ts';
import { createEventStreamParser } from './event-stream.ts';
import { send, type Transport } from './request.ts';

export interface NumberedLiveEvent {
  /** Give it as `lastEventId` to go on after this event. */
  readonly id: string | null;
  readonly event: LiveEvent;
}

/** `lost`: the connection ended or could not be made, and will be tried again by itself. */
export type LiveConnection = 'open' | 'lost';

export interface LiveEventsOptions {
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  readonly lastEventId?: string;
  /** After `open` that follows `lost`, what was missed may be more than the server kept: read anew. */
  readonly onConnection?: (connection: LiveConnection) => void;
}

const connectTimeoutMs = 15_000;
/** The server sends at least a comment every 15 s; three missed ones mean that the line is dead. */
const silenceTimeoutMs = 45_000;
const firstRetryMs = 500;
const longestRetryMs = 15_000;

/**
 * The live view, for as long as `signal` is not aborted.
 *
 * A lost connection is made again with backoff and jitter, and resumes after the last event given out.
 * Reading slowly slows the server's sending; nothing is queued here. Events of kinds that this version
 * does not know are left out.
 *
 * @throws ApiError when the server refuses for good: signed out (401), not allowed, not found.
 */
export async function* liveEvents(
  transport: Transport,
  { signal, lastEventId, onConnection }: LiveEventsOptions,
): AsyncGenerator<NumberedLiveEvent, void, undefined> {
  let lastId = lastEventId ?? null;
  let failures = 0;

  while (!signal.aborted) {
    const connection = new AbortController();
    try {
      const bothSignals = AbortSignal.any([signal, connection.signal]);
      for await (const item of readConnection(transport, lastId, connection, bothSignals)) {
        if (item === 'open') {
          failures = 0;
          onConnection?.('open');
          continue;
        }
        lastId = item.id ?? lastId;
        yield item;
      }
    } catch (error) {
      if (isFinal(error)) throw error;
    } finally {
      connection.abort();
    }
    if (isAborted(signal)) return;
    onConnection?.('lost');
    await pause(retryDelayMs(failures++), signal);
  }
}

/** Yields `open` once the server answers, then its events, until the body ends. */
async function* readConnection(
  transport: Transport,
  lastId: string | null,
  connection: AbortController,
  signal: AbortSignal,
): AsyncGenerator<'open' | NumberedLiveEvent, void, undefined> {
  let watchdog = setTimeout(() => connection.abort(), connectTimeoutMs);
  try {
    const response = await send(
      transport,
      '/api/events',
      {
        headers: {
          accept: 'text/event-stream',
          ...(lastId !== null ? { 'last-event-id': lastId } : {}),
        },
      },
      signal,
    );
    yield 'open';
    const parse = createEventStreamParser();
    for await (const text of textOf(response)) {
      clearTimeout(watchdog);
      for (const message of parse(text)) {
        const event = liveEventSchema.safeParse(parseJson(message.data));
        if (event.success && !signal.aborted) yield { id: message.id, event: event.data };
      }
      watchdog = setTimeout(() => connection.abort(), silenceTimeoutMs);
    }
  } finally {
    clearTimeout(watchdog);
  }
}

async function* textOf(response: Response): AsyncGenerator<string, void, undefined> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (!body) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      yield decoder.decode(chunk.value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Read through a call, as it may change while anything is awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function retryDelayMs(failures: number): number {
  const delay = Math.min(firstRetryMs * 2 ** failures, longestRetryMs);
  return delay * (0.5 + Math.random() / 2);
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, durationMs);
    signal.addEventListener('abort', finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    }
  });
}
