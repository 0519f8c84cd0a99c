import {
  errorSpec,
  type AckMessage,
  type CaptureId,
  type ClientId,
  type ErrorCode,
  type ReadyMessage,
  type ServerSocketMessage,
  type SocketErrorMessage,
} from '@friend-lite/contract';
import type { AppError } from '../base/index.ts';

/** One connection of a device, whatever carries it. No call throws, also after the connection is gone. */
export interface SocketLink {
  send(message: ServerSocketMessage): void;
  /** Closes it with a WebSocket close code. */
  close(code: number, reason: string): void;
  /** Asks the transport to stop reading; messages it had already read may still come. */
  pause(): void;
  resume(): void;
  /** Asks the peer for a sign of life. False when none came within about 1.5 s, or could not be seen. */
  isAlive(): Promise<boolean>;
}

/** @param progress how far things are, for a client that asked for acks. */
export function readyMessage(
  clientId: ClientId,
  progress: Omit<ReadyMessage['data'], 'client_id'> = {},
): ReadyMessage {
  return {
    type: 'ready',
    message: 'WebSocket connection established',
    data: { client_id: clientId, ...progress },
  };
}

export function ackMessage(captureId: CaptureId, seq: number): AckMessage {
  return { type: 'ack', data: { capture_id: captureId, seq } };
}

export function socketErrorMessage(error: AppError): SocketErrorMessage {
  return {
    type: 'error',
    error: error.code,
    message: error.message,
    code: closeCodeOf(error.code) ?? error.status,
  };
}

/** Tells the client why, then closes. */
export function closeWith(link: SocketLink, error: AppError): void {
  link.send(socketErrorMessage(error));
  link.close(closeCodeOf(error.code) ?? 1011, reasonOf(error.code));
}

/** `authentication_failed` → `Authentication failed`, which existing clients look for. */
function reasonOf(code: ErrorCode): string {
  return code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ');
}

function closeCodeOf(code: ErrorCode): number | undefined {
  return errorSpec(code).closeCode;
}
