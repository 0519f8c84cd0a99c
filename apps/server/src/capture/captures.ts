import type { ClientId, UserId } from '@friend-lite/contract';
import { AppError } from '../base/index.ts';
import { createDeviceCaptures } from './device-captures.ts';
import { createDeviceSession, type DeviceSession } from './device-session.ts';
import {
  createDeviceTable,
  namesakesOf,
  placeFor,
  type ActiveDevice,
  type Device,
} from './devices.ts';
import type { FrameDialect } from './frames.ts';
import { createHeldSession, type CaptureSession } from './held-session.ts';
import { createIntakeCounts, type IntakeCounts } from './intake-counts.ts';
import type { OngoingCaptureDeps } from './ongoing-capture.ts';
import { createRecordings, type Recordings } from './recordings.ts';
import type { RecoveredCapture } from './repair.ts';
import { createRivalry } from './rivalry.ts';
import { closeWith, readyMessage, type SocketLink } from './socket-link.ts';
import type { Admission } from './storage-guard.ts';
import { createTaps, type Taps } from './taps.ts';

/** The longest that `drain` waits for the disk. */
const drainMs = 5_000;

/** A socket that asks to be taken in, authenticated already. */
export interface Connection {
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly deviceName: string;
  readonly link: SocketLink;
  /** What its payloads are where the client declares nothing else. PCM by default. */
  readonly codec?: 'opus' | 'pcm';
  /** Each payload still carries the 3-byte header of a pendant's radio. */
  readonly hasPendantHeader?: boolean;
  /** The client numbers its frames and wants them confirmed. */
  readonly isNumbered?: boolean;
}

/** How sound gets in: the devices that are connected or expected back, and what each records. */
export interface Captures extends Pick<Taps, 'tap'> {
  /**
   * Starts a session, and sends `ready` once it is clear which device this is: at once, unless an older
   * socket of that name is still open. Then the older one is asked for a sign of life, for at most 2 s, while
   * frames wait: an answer and, where it was just sending sound, more of it. When it gives none, the newcomer
   * takes over from it; when it does, the newcomer is another device, with a `-2` (`-3`, …) behind its client
   * id. A capture whose device was away goes on. The first sound opens a capture where none goes on.
   */
  connect(connection: Connection): CaptureSession;
  /** Devices connected now or away, of one user or of all, longest connected first. */
  active(userId?: UserId): readonly ActiveDevice[];
  /**
   * Ends the device's capture for good, at once; its last sound is written out behind. Sound that the
   * device sends afterwards opens a new capture. False when nothing goes on.
   */
  end(userId: UserId, clientId: ClientId): boolean;
  /**
   * Takes up what a former process left, before anything connects: each device's newest capture waits the
   * full grace for it, told as `away`; all others end.
   */
  resume(recovered: readonly RecoveredCapture[]): void;
  /** Ends every capture, closes every socket and tells it why. What was taken is written out behind. */
  suspend(reason: AppError): void;
  /**
   * For a restart: tells every client, takes no more sound, and resolves when what was taken is written
   * out, or after 5 s. Captures that went on are left away.
   */
  drain(): Promise<void>;
  /** Begins, or goes on with, a recording of the past. */
  readonly takeUpRecording: Recordings['takeUp'];
  readonly counts: IntakeCounts;
}

export interface CapturesDeps extends OngoingCaptureDeps {
  /** Told after a device came or went, or its capture changed its state. Must be cheap and not throw. */
  readonly onDevice: (device: ActiveDevice) => void;
  /** How old sound may be that is sent late. */
  readonly maxLateMs: number;
  /** Whether sound may come in now. Everybody's may, where it is not given. */
  readonly admission?: Admission;
}

export function createCaptures(deps: CapturesDeps): Captures {
  const { clock, log } = deps;
  const taps = createTaps(log);
  const counts = createIntakeCounts();
  const devices = createDeviceTable(deps.onDevice);
  const rivalry = createRivalry(clock);
  const recordings = createRecordings(deps, taps.emit);
  const { emit } = taps;
  const context = { devices, recordings, emit, counts, refusalOf };
  const deviceCaptures = createDeviceCaptures(deps, context);
  const { detach, dismiss } = deviceCaptures;
  let isDraining = false;

  function refusalOf(userId: UserId): AppError | null {
    if (isDraining) return new AppError('shutting_down');
    return deps.admission?.refusal(userId) ?? null;
  }

  /** Sessions that may be of the same device as a newcomer that calls itself so. */
  function rivalsOf({ userId, clientId }: Connection): DeviceSession[] {
    const rivals: DeviceSession[] = [];
    for (const name of namesakesOf(clientId)) {
      const device = devices.find(userId, name);
      if (device?.session) rivals.push(device.session);
      else if (!device && name !== clientId) break;
    }
    return rivals;
  }

  function attach(connection: Connection, dead: ReadonlySet<SocketLink>): CaptureSession {
    const { userId, link, codec = 'pcm' } = connection;
    const clientId = placeFor(devices, userId, connection.clientId, dead);
    const device = devices.see(userId, clientId, {
      deviceName: `${connection.deviceName}${clientId.slice(connection.clientId.length).replace('-', ' ')}`,
      connectedAt: clock.now(),
    });
    if (clientId !== connection.clientId && !device.session && !device.ongoing) {
      counts.add('namesakes');
    }
    const older = device.session;
    detach(device);
    if (older) {
      counts.add('takeovers');
      closeWith(older.link, new AppError('taken_over'));
    }
    const isNumbered = connection.isNumbered ?? false;
    const dialect: FrameDialect = { codec, isNumbered, maxLateMs: deps.maxLateMs };
    const session = createDeviceSession(
      { link, dialect, hasPendantHeader: connection.hasPendantHeader ?? false },
      deviceCaptures.targetOf(device),
      { clock, log, counts },
    );
    device.session = session;
    device.ongoing?.handOver();
    link.send(readyMessage(clientId, isNumbered ? deviceCaptures.progressOf(device) : {}));
    devices.show(device);
    if (device.ongoing?.isFull) deviceCaptures.applyPressure(device);
    return sessionOn(device, session);
  }

  function sessionOn(device: Device, session: DeviceSession): CaptureSession {
    return {
      onText(text) {
        if (device.session === session) session.receive({ kind: 'text', text });
      },
      onBinary(bytes) {
        if (device.session === session) session.receive({ kind: 'binary', bytes });
      },
      onClose(code) {
        if (device.session !== session) return;
        detach(device);
        if (isExplicitEnd(code)) {
          device.ongoing?.end('closed');
        } else {
          device.ongoing?.lose();
        }
        devices.show(device);
        devices.forgetIfIdle(device);
      },
    };
  }

  return {
    tap: taps.tap,
    counts,
    active: devices.active,
    takeUpRecording: (id, sound) => recordings.takeUp(id, sound),

    connect(connection) {
      const { userId, clientId, link, isNumbered = false } = connection;
      const refused = refusalOf(userId);
      if (refused) return turnAway(link, refused);
      const name = `${userId}/${clientId}`;
      const rivals = rivalsOf(connection);
      // Whoever resends needs to hear how far the capture that just ended really came.
      const unsettled = isNumbered
        ? deviceCaptures.ending(connection).map((ongoing) => ongoing.settle())
        : [];
      const isClear = rivals.length + rivalry.waiting(name).length + unsettled.length === 0;
      if (isClear) return attach(connection, new Set());

      const held = createHeldSession(link, () => closeWith(link, new AppError('too_slow')));
      void rivalry.challenge(name, link, rivals, unsettled).then((dead) => {
        if (held.isDeserted) return;
        const refusedNow = refusalOf(userId);
        link.resume();
        held.release(refusedNow ? turnAway(link, refusedNow) : attach(connection, dead));
      });
      return held;
    },

    end(userId, clientId) {
      const ongoing = devices.find(userId, clientId)?.ongoing;
      ongoing?.end('closed');
      return ongoing !== undefined && ongoing !== null;
    },

    resume(recovered) {
      recordings.resume(recovered.filter(({ capture }) => capture.origin !== 'live'));
      const oldestFirst = recovered
        .filter(({ capture }) => capture.origin === 'live')
        .sort((a, b) => a.capture.startedAt - b.capture.startedAt);
      for (const each of oldestFirst) {
        const { userId, clientId, startedAt } = each.capture;
        const device = devices.see(userId, clientId, {
          deviceName: clientId.slice(clientId.indexOf('-') + 1),
          connectedAt: startedAt,
        });
        deviceCaptures.takeUp(device, each);
        devices.forgetIfIdle(device);
      }
    },

    suspend(reason) {
      for (const device of devices.all()) {
        const { ongoing } = device;
        dismiss(device, reason);
        ongoing?.end('lost');
      }
    },

    async drain() {
      isDraining = true;
      for (const device of devices.all()) dismiss(device, new AppError('shutting_down'));
      const unwritten = [...deviceCaptures.ending()];
      for (const { ongoing } of devices.all()) if (ongoing) unwritten.push(ongoing);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(drainMs, resolve);
        const settling = unwritten.map((ongoing) => ongoing.settle());
        void Promise.all([...settling, recordings.drain()]).then(() => {
          cancel();
          resolve();
        });
      });
    },
  };
}

function turnAway(link: SocketLink, reason: AppError): CaptureSession {
  closeWith(link, reason);
  return { onText: () => undefined, onBinary: () => undefined, onClose: () => undefined };
}

/**
 * 1000 is what clients close with on purpose, and 1005 what arrives when they close without a code.
 * Everything else may be followed by a reconnect: 1001 is a page or an app that went to the background.
 */
function isExplicitEnd(code: number): boolean {
  return code === 1000 || code === 1005;
}
