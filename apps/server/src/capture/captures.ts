import { captureIdSchema, type ClientId, type UserId } from '@friend-lite/contract';
import { speechFormat, type AudioFormat } from '../audio/index.ts';
import { AppError, newHexId, unreachable } from '../base/index.ts';
import {
  decodeFrame,
  initialFrameState,
  type FrameCommand,
  type FrameState,
  type SocketFrame,
} from './frames.ts';
import {
  createOngoingCapture,
  type CaptureOrigin,
  type OngoingCapture,
  type OngoingCaptureDeps,
} from './ongoing-capture.ts';
import type { Capture } from './ports.ts';
import type { RecoveredCapture } from './repair.ts';
import { closeWith, readyMessage, socketErrorMessage, type SocketLink } from './socket-link.ts';
import { createTaps, type Taps } from './taps.ts';

/** A socket that waited this long for a stuck disk is closed; its device reconnects and resends. */
const stuckDiskMs = 10_000;

/** The longest that `drain` waits for the disk. */
const drainMs = 5_000;

/** One connected socket of a device. */
export interface CaptureSession {
  onText(text: string): void;
  /** The bytes are capture's to keep. */
  onBinary(bytes: Uint8Array): void;
  /** `code` as the transport saw it; 1000 and 1005 (a close without a code) are an explicit end. */
  onClose(code: number): void;
}

export interface ActiveDevice {
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly deviceName: string;
  readonly isConnected: boolean;
  /** Epoch ms of its newest connection. */
  readonly connectedAt: number;
  /** Live or away; null while a connected device sends no sound. */
  readonly capture: Capture | null;
}

/** How sound gets in: the devices that are connected or expected back, and what each records. */
export interface Captures extends Pick<Taps, 'tap'> {
  /**
   * Starts a session and sends `ready`. A newer socket of a device takes over from an older one, which is
   * told so; a capture whose device was away goes on. The first sound opens a capture where none goes on.
   */
  connect(connection: {
    readonly userId: UserId;
    readonly clientId: ClientId;
    readonly deviceName: string;
    readonly link: SocketLink;
  }): CaptureSession;
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
  /**
   * For a restart: tells every client, takes no more sound, and resolves when what was taken is written
   * out, or after 5 s. Captures that went on are left away.
   */
  drain(): Promise<void>;
}

export interface CapturesDeps extends OngoingCaptureDeps {
  /** Told after a device came or went, or its capture changed its state. Must be cheap and not throw. */
  readonly onDevice: (device: ActiveDevice) => void;
}

interface Session {
  readonly link: SocketLink;
  frames: FrameState;
  format: AudioFormat;
  cancelStuck: () => void;
}

interface Device {
  readonly userId: UserId;
  readonly clientId: ClientId;
  deviceName: string;
  connectedAt: number;
  session: Session | null;
  /** Live or away. */
  ongoing: OngoingCapture | null;
  /** How it stood when that was last told. */
  shown: string;
}

export function createCaptures(deps: CapturesDeps): Captures {
  const { clock } = deps;
  const taps = createTaps(deps.log);
  const devices = new Map<string, Device>();
  /** Over, but still writing out. */
  const ending = new Set<OngoingCapture>();
  let isDraining = false;

  function deviceFor(userId: UserId, clientId: ClientId, seen: DeviceSighting): Device {
    const key = `${userId}/${clientId}`;
    const known = devices.get(key);
    if (known) return Object.assign(known, seen);
    const device: Device = { userId, clientId, ...seen, session: null, ongoing: null, shown: '' };
    devices.set(key, device);
    return device;
  }

  function forgetIfIdle(device: Device): void {
    if (device.session ?? device.ongoing) return;
    devices.delete(`${device.userId}/${device.clientId}`);
  }

  function sightingOf(device: Device): ActiveDevice {
    return {
      userId: device.userId,
      clientId: device.clientId,
      deviceName: device.deviceName,
      isConnected: device.session !== null,
      connectedAt: device.connectedAt,
      capture: device.ongoing?.capture ?? null,
    };
  }

  /** Tells how the device stands, when that is news. */
  function show(device: Device): void {
    const { isConnected, capture } = sightingOf(device);
    const standing = `${isConnected} ${capture?.id ?? ''} ${capture?.state ?? ''}`;
    if (standing === device.shown) return;
    device.shown = standing;
    deps.onDevice(sightingOf(device));
  }

  function ongoingOf(device: Device, capture: Capture, origin: CaptureOrigin): OngoingCapture {
    const ongoing: OngoingCapture = createOngoingCapture(capture, origin, deps, {
      onEvent(event) {
        taps.emit(event);
        if (event.type !== 'sound' && event.type !== 'gap') show(device);
      },
      onPressure: (isFull) => {
        if (device.ongoing === ongoing) applyPressure(device, isFull);
      },
      onDurable: () => undefined,
      onFailure: () => {
        if (device.ongoing === ongoing) dismiss(device, new AppError('storage_unavailable'));
        ongoing.end('lost');
      },
      onOver: () => {
        if (device.ongoing === ongoing) device.ongoing = null;
        writeOut(ongoing);
        forgetIfIdle(device);
      },
    });
    return ongoing;
  }

  function open(device: Device, format: AudioFormat): OngoingCapture {
    const capture: Capture = {
      id: captureIdSchema.parse(newHexId()),
      userId: device.userId,
      clientId: device.clientId,
      format,
      startedAt: clock.now(),
      state: 'live',
      awaySince: null,
      endedAt: null,
      endReason: null,
    };
    return ongoingOf(device, capture, { type: 'new' });
  }

  function writeOut(ongoing: OngoingCapture): void {
    ending.add(ongoing);
    void ongoing.settle().finally(() => ending.delete(ongoing));
  }

  function applyPressure(device: Device, isFull: boolean): void {
    const { session } = device;
    if (!session) return;
    session.cancelStuck();
    if (isFull) {
      session.link.pause();
      session.cancelStuck = clock.after(stuckDiskMs, () =>
        dismiss(device, new AppError('too_slow')),
      );
    } else {
      session.link.resume();
    }
  }

  /** Parts the device from its socket, whose later frames are ignored. */
  function detach(device: Device): void {
    device.session?.cancelStuck();
    device.session = null;
  }

  /** Closes the device's socket from this side; its capture waits for it. */
  function dismiss(device: Device, error: AppError): void {
    const { session } = device;
    if (!session) return;
    detach(device);
    closeWith(session.link, error);
    device.ongoing?.lose();
    show(device);
    forgetIfIdle(device);
  }

  function obey(device: Device, session: Session, command: FrameCommand): void {
    switch (command.type) {
      case 'start':
        session.format = command.format;
        return;
      case 'audio':
        device.ongoing ??= open(device, session.format);
        if (!device.ongoing.push({ bytes: command.pcm, seq: null, lostBeforeMs: 0 }))
          dismiss(device, new AppError('too_slow'));
        return;
      case 'stop':
        device.ongoing?.end('stop');
        return;
      case 'error':
        session.link.send(socketErrorMessage(command.error));
        return;
      default:
        unreachable(command);
    }
  }

  function receive(device: Device, session: Session, frame: SocketFrame): void {
    if (device.session !== session) return;
    const step = decodeFrame(session.frames, frame);
    session.frames = step.state;
    for (const command of step.commands) obey(device, session, command);
  }

  return {
    tap: taps.tap,

    connect({ userId, clientId, deviceName, link }) {
      if (isDraining) {
        closeWith(link, new AppError('shutting_down'));
        return deafSession;
      }
      const device = deviceFor(userId, clientId, { deviceName, connectedAt: clock.now() });
      const older = device.session;
      detach(device);
      if (older) closeWith(older.link, new AppError('taken_over'));
      const session: Session = {
        link,
        frames: initialFrameState,
        format: speechFormat,
        cancelStuck: () => undefined,
      };
      device.session = session;
      device.ongoing?.handOver();
      link.send(readyMessage(clientId));
      show(device);
      if (device.ongoing?.isFull) applyPressure(device, true);

      return {
        onText: (text) => receive(device, session, { kind: 'text', text }),
        onBinary: (bytes) => receive(device, session, { kind: 'binary', bytes }),
        onClose(code) {
          if (device.session !== session) return;
          detach(device);
          if (isExplicitEnd(code)) {
            device.ongoing?.end('closed');
          } else {
            device.ongoing?.lose();
          }
          show(device);
          forgetIfIdle(device);
        },
      };
    },

    active: (userId) =>
      [...devices.values()]
        .filter((device) => userId === undefined || device.userId === userId)
        .map(sightingOf)
        .sort((a, b) => a.connectedAt - b.connectedAt),

    end(userId, clientId) {
      const ongoing = devices.get(`${userId}/${clientId}`)?.ongoing;
      ongoing?.end('closed');
      return ongoing !== undefined && ongoing !== null;
    },

    resume(recovered) {
      const oldestFirst = [...recovered].sort((a, b) => a.capture.startedAt - b.capture.startedAt);
      for (const { capture, endMs, nextIndex } of oldestFirst) {
        const device = deviceFor(capture.userId, capture.clientId, {
          deviceName: capture.clientId.slice(capture.clientId.indexOf('-') + 1),
          connectedAt: capture.startedAt,
        });
        const ongoing = ongoingOf(device, capture, { type: 'recovered', endMs, nextIndex });
        if (capture.endReason) {
          writeOut(ongoing);
        } else {
          const older = device.ongoing;
          device.ongoing = ongoing;
          older?.end('lost');
        }
        forgetIfIdle(device);
      }
    },

    async drain() {
      isDraining = true;
      for (const device of [...devices.values()]) dismiss(device, new AppError('shutting_down'));
      const unwritten = [...ending];
      for (const { ongoing } of devices.values()) if (ongoing) unwritten.push(ongoing);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(drainMs, resolve);
        void Promise.all(unwritten.map((ongoing) => ongoing.settle())).then(() => {
          cancel();
          resolve();
        });
      });
    },
  };
}

type DeviceSighting = Pick<Device, 'deviceName' | 'connectedAt'>;

/** A session of a socket that was turned away. */
const deafSession: CaptureSession = {
  onText: () => undefined,
  onBinary: () => undefined,
  onClose: () => undefined,
};

/**
 * 1000 is what clients close with on purpose, and 1005 what arrives when they close without a code.
 * Everything else may be followed by a reconnect: 1001 is a page or an app that went to the background.
 */
function isExplicitEnd(code: number): boolean {
  return code === 1000 || code === 1005;
}
