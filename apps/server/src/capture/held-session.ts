import { maxSocketMessageBytes } from '@friend-lite/contract';
import type { SocketLink } from './socket-link.ts';

/** What a transport tells capture about one connected socket of a device. */
export interface CaptureSession {
  onText(text: string): void;
  /** The bytes are capture's to keep. */
  onBinary(bytes: Uint8Array): void;
  /** `code` as the transport saw it; 1000 and 1005 (a close without a code) are an explicit end. */
  onClose(code: number): void;
}

/**
 * Stands in for a session that is not known yet: keeps what comes, in order, and hands it on once it is.
 *
 * At 512 KiB the transport is asked to stop reading; what it had read already still comes. Overflow policy, at
 * 1 MiB more: the newest message and all after it are dropped and `onOverflow` is called, once.
 */
export interface HeldSession extends CaptureSession {
  /** Whether the socket was closed, and had said nothing before. */
  readonly isDeserted: boolean;
  /** Hands on what was kept, and from now on everything. The transport may have been paused meanwhile. */
  release(to: CaptureSession): void;
}

const pauseAtBytes = maxSocketMessageBytes;
const capacityBytes = 3 * maxSocketMessageBytes;
/** What keeping a message costs beside its bytes. */
const messageOverheadBytes = 100;

export function createHeldSession(
  link: Pick<SocketLink, 'pause'>,
  onOverflow: () => void,
): HeldSession {
  let target: CaptureSession | null = null;
  let held: ((session: CaptureSession) => void)[] = [];
  let heldBytes = 0;
  let isOverflowing = false;
  let closeCode: number | null = null;

  function hold(byteCount: number, tell: (session: CaptureSession) => void): void {
    if (target) {
      tell(target);
      return;
    }
    if (isOverflowing) return;
    heldBytes += byteCount + messageOverheadBytes;
    if (heldBytes <= capacityBytes) {
      held.push(tell);
      if (heldBytes > pauseAtBytes) link.pause();
      return;
    }
    isOverflowing = true;
    onOverflow();
  }

  return {
    get isDeserted() {
      return closeCode !== null && held.length === 0;
    },
    onText: (text) => hold(text.length, (session) => session.onText(text)),
    onBinary: (bytes) => hold(bytes.byteLength, (session) => session.onBinary(bytes)),
    onClose(code) {
      closeCode = code;
      target?.onClose(code);
    },
    release(to) {
      const kept = held;
      held = [];
      for (const tell of kept) tell(to);
      target = to;
      if (closeCode !== null) to.onClose(closeCode);
    },
  };
}
