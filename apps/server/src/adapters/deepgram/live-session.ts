import { durationMs, speechFormat } from '../../audio/index.ts';
import { ProviderError, type Clock, type Log } from '../../base/index.ts';
import type { LiveListener, LiveResult, LiveSession } from '../../transcription/index.ts';
import { provider, type Refusal } from './failures.ts';
import { readMessage } from './live-message.ts';
import { openLiveSocket, type LiveSocket, type SocketEnd } from './live-socket.ts';

const finishLimitMs = 10_000;
/** Sound that waits for the connection. A session with more has failed: it would not catch up. */
const maxWaitingMs = 60_000;
/** Final results follow each other without a hole, but for rounding. */
const holeMs = 50;

export interface LiveSessionOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The model that is asked for, until the service says which one it is. */
  readonly model: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly listener: LiveListener;
  /** Called when the session was not let in, before its end is told. */
  readonly onRefused: (refusal: Refusal) => void;
  /** Called when the session has ended, whatever way. */
  readonly onOver: () => void;
}

/**
 * A session as the port describes it. It connects with the first sound, as the service closes a connection that does
 * not get any within 10 s.
 */
export function openLiveSession(options: LiveSessionOptions): LiveSession {
  const { clock, log, listener } = options;
  let { model } = options;
  let socket: LiveSocket | null = null;
  let isOver = false;
  let isFinishing = false;
  /** The service has said that nothing follows. */
  let isComplete = false;
  /** Where the last final result ended, in session time. */
  let finalMs = 0;
  let sentMs = 0;
  /** Messages since the last final result that could not be read: one of them may have been final. */
  let unreadCount = 0;
  let cancelLimit = (): void => undefined;

  function close(): void {
    isOver = true;
    cancelLimit();
    socket?.terminate();
    options.onOver();
  }

  function end(failure: ProviderError | null): void {
    if (isOver) return;
    close();
    listener.onEnd(failure);
  }

  function fail(message: string): void {
    end(new ProviderError(provider, 'transient', message));
  }

  function connect(): LiveSocket {
    return openLiveSocket(options.url, {
      headers: options.headers,
      clock,
      listener: { onText: hear, onEnd: hearEnd },
    });
  }

  function hear(text: string): void {
    const message = readMessage(text);
    switch (message.kind) {
      case 'result':
        model = message.model ?? model;
        hearResult(message.result);
        break;
      case 'summary':
        isComplete = true;
        break;
      case 'error':
        fail(`reports an error${message.code === null ? '' : ` (${message.code})`}`);
        break;
      case 'other':
        break;
      case 'unreadable':
        unreadCount += 1;
        log.warn('recogniser sent a message that cannot be read', { provider, unreadCount });
        if (unreadCount > 1) fail('sends messages that cannot be read');
        break;
    }
  }

  function hearResult(result: LiveResult): void {
    if (result.isFinal) {
      if (unreadCount > 0 && result.startMs > finalMs + holeMs) {
        fail('a final result could not be read');
        return;
      }
      unreadCount = 0;
      finalMs = Math.max(finalMs, result.endMs);
    }
    listener.onResult(result);
  }

  function hearEnd({ failure, refusal }: SocketEnd): void {
    if (refusal) {
      log.warn('recogniser refused a live session', { provider, ...refusal });
      options.onRefused(refusal);
    }
    const isAllFinal = finalMs + holeMs >= sentMs;
    // A close in order alone says nothing: the last results may be missing before it.
    if (isFinishing && (isAllFinal || (isComplete && unreadCount === 0))) end(null);
    else if (isComplete && unreadCount > 0) fail('a final result could not be read');
    else end(failure);
  }

  function waitingMs(): number {
    return durationMs(speechFormat, socket?.waitingBytes ?? 0);
  }

  return {
    get model() {
      return model;
    },
    get waitingMs() {
      return waitingMs();
    },
    send(pcm) {
      if (isOver || isFinishing || pcm.length === 0) return;
      socket ??= connect();
      socket.sendAudio(pcm);
      sentMs += durationMs(speechFormat, pcm.length);
      if (waitingMs() > maxWaitingMs) fail('takes the sound too slowly');
    },
    flush() {
      if (!isOver && !isFinishing) socket?.sendControl('Finalize');
    },
    finish() {
      if (isOver || isFinishing) return;
      isFinishing = true;
      if (!socket) {
        queueMicrotask(() => end(null));
        return;
      }
      socket.sendControl('CloseStream');
      cancelLimit = clock.after(finishLimitMs, () =>
        end(new ProviderError(provider, 'timeout', 'the last results did not come in time')),
      );
    },
    abort() {
      if (!isOver) close();
    },
  };
}
