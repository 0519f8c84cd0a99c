import { Readable } from 'node:stream';
import type { Clock } from '../base/index.ts';
import type { NumberedEvent } from '../events/index.ts';

const heartbeatMs = 15_000;
/** How long a browser waits before it connects again. */
const reconnectMs = 2000;
/** Unread bytes after which a client is too slow; it is dropped, and resumes by its last event's id. */
const maxUnreadBytes = 256 * 1024;

export interface EventSource {
  /** Calls the listener with each event until the returned function is called. */
  readonly subscribe: (listener: (event: NumberedEvent) => void) => () => void;
  /** Asked before each heartbeat; once it says no, the stream ends. */
  readonly isCurrent: () => Promise<boolean>;
}

/** Events as a server-sent event stream (WHATWG HTML, section 9.2). Destroying it ends the subscription. */
export function openEventStream(source: EventSource, clock: Clock): Readable {
  const stream = new Readable({ read: () => undefined });
  let cancelHeartbeat: () => void = () => undefined;

  const send = (text: string): void => {
    if (stream.destroyed) return;
    stream.push(text);
    if (stream.readableLength > maxUnreadBytes) stream.destroy();
  };

  const beat = async (): Promise<void> => {
    const isCurrent = await source.isCurrent().catch(() => false);
    if (stream.destroyed) return;
    if (!isCurrent) return void stream.push(null);
    send(':\n\n');
    scheduleBeat();
  };
  const scheduleBeat = (): void => {
    cancelHeartbeat = clock.after(heartbeatMs, () => void beat());
  };

  send(`retry: ${reconnectMs}\n\n`);
  const unsubscribe = source.subscribe(({ id, event }) =>
    send(`id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
  );
  scheduleBeat();
  stream.once('close', () => {
    cancelHeartbeat();
    unsubscribe();
  });
  return stream;
}
