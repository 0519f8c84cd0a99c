import type { WebSocket } from '@fastify/websocket';
import type { Clock } from '../base/index.ts';
import type { SocketLink } from '../capture/index.ts';

/** How often a peer is asked for a sign of life, and how many it may leave unanswered. */
const pingIntervalMs = 20_000;
const maxMissedPongs = 2;

/** How soon a peer must answer that stands in another one's way. */
const signOfLifeMs = 1500;

/**
 * Unsent bytes to a peer that does not read. Overflow policy: further messages to it are dropped; they are
 * all for its information, and an ack covers those before it.
 */
const maxUnsentBytes = 64 * 1024;

/** What capture sees of a WebSocket. Every message is one JSON text that ends in a newline. */
export function linkTo(socket: WebSocket, clock: Clock): SocketLink {
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN || socket.bufferedAmount > maxUnsentBytes) return;
      socket.send(`${JSON.stringify(message)}\n`);
    },
    close(code, reason) {
      // A paused socket would never read the peer's answer.
      socket.resume();
      socket.close(code, reason);
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    isAlive: () => answersPing(socket, clock),
  };
}

function answersPing(socket: WebSocket, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    // While this side does not read, it cannot see the answer.
    if (socket.readyState !== socket.OPEN || socket.isPaused) {
      resolve(false);
      return;
    }
    const settle = (isAlive: boolean) => {
      cancel();
      socket.off('pong', onPong);
      socket.off('close', onClose);
      resolve(isAlive);
    };
    const onPong = () => settle(true);
    const onClose = () => settle(false);
    const cancel = clock.after(signOfLifeMs, () => settle(false));
    socket.on('pong', onPong);
    socket.on('close', onClose);
    socket.ping();
  });
}

/** Pings the peer and cuts it off when it gives no sign of life. Returns what to call at any other sign. */
export function watchLife(socket: WebSocket, clock: Clock): () => void {
  let missedPongs = 0;
  const noteLife = () => {
    missedPongs = 0;
  };
  const beat = () => {
    if (missedPongs >= maxMissedPongs) {
      socket.terminate();
      return;
    }
    if (!socket.isPaused) {
      missedPongs += 1;
      socket.ping();
    }
    cancel = clock.after(pingIntervalMs, beat);
  };
  let cancel = clock.after(pingIntervalMs, beat);
  socket.on('pong', noteLife);
  socket.on('close', () => cancel());
  return noteLife;
}
