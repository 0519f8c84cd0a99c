import {
  captureIdSchema,
  type ClientId,
  type ReadyMessage,
  type UserId,
} from '@friend-lite/contract';
import type { AudioFormat } from '../audio/index.ts';
import { AppError, newHexId } from '../base/index.ts';
import type { SoundTarget } from './device-session.ts';
import type { Device, DeviceTable } from './devices.ts';
import { createEndedProgress } from './ended-progress.ts';
import type { IntakeCounts } from './intake-counts.ts';
import {
  createOngoingCapture,
  type CaptureOrigin,
  type OngoingCapture,
  type OngoingCaptureDeps,
} from './ongoing-capture.ts';
import type { Capture } from './ports.ts';
import type { RecoveredCapture } from './repair.ts';
import type { Recordings } from './recordings.ts';
import { closeWith } from './socket-link.ts';
import type { Taps } from './taps.ts';

/** A socket that waited this long for a stuck disk is closed; its device reconnects and resends. */
const stuckDiskMs = 10_000;

/** What each device records: opens and ends its captures, and keeps its socket in step with the disk. */
export interface DeviceCaptures {
  /** Where the sound of the device's session goes. */
  readonly targetOf: (device: Device) => SoundTarget;
  /** Goes on with a capture of a former process, or writes out the last of one that had ended. */
  readonly takeUp: (device: Device, recovered: RecoveredCapture) => void;
  /** Pauses the device's socket while its capture is behind. */
  readonly applyPressure: (device: Device) => void;
  /** Parts the device from its socket, whose later frames are ignored. */
  readonly detach: (device: Device) => void;
  /** Closes the device's socket from this side; its capture waits for it. */
  readonly dismiss: (device: Device, error: AppError) => void;
  /** How far things are, for a client that numbers its frames. */
  readonly progressOf: (device: Device) => Omit<ReadyMessage['data'], 'client_id'>;
  /** Those that are over, but still being written out, of all devices or of those of one name. */
  readonly ending: (of?: {
    readonly userId: UserId;
    readonly clientId: ClientId;
  }) => readonly OngoingCapture[];
}

export interface DeviceCapturesContext {
  readonly devices: DeviceTable;
  readonly recordings: Pick<Recordings, 'addLate'>;
  readonly emit: Taps['emit'];
  readonly counts: IntakeCounts;
  /** Why no new capture of this user may begin now; null when it may. */
  readonly refusalOf: (userId: UserId) => AppError | null;
}

export function createDeviceCaptures(
  deps: OngoingCaptureDeps,
  context: DeviceCapturesContext,
): DeviceCaptures {
  const { clock } = deps;
  const { devices, recordings, counts } = context;
  const ended = createEndedProgress(deps.reconnectGraceMs, clock);
  const unwritten = new Set<OngoingCapture>();

  function ongoingOf(device: Device, capture: Capture, origin: CaptureOrigin): OngoingCapture {
    const ongoing: OngoingCapture = createOngoingCapture(capture, origin, deps, {
      onEvent(event) {
        context.emit(event);
        if (!['sound', 'packets', 'gap'].includes(event.type)) devices.show(device);
      },
      onPressure: (isFull) => {
        if (device.ongoing === ongoing) applyPressure(device, isFull);
      },
      onDurable: (seq) => device.session?.confirm(capture.id, seq),
      onFailure: () => {
        if (device.ongoing === ongoing) dismiss(device, new AppError('storage_unavailable'));
        ongoing.end('lost');
      },
      onOver: () => {
        if (device.ongoing === ongoing) device.ongoing = null;
        writeOut(ongoing);
        devices.forgetIfIdle(device);
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
      origin: 'live',
      state: 'live',
      awaySince: null,
      endedAt: null,
      endReason: null,
    };
    return ongoingOf(device, capture, { type: 'new' });
  }

  function writeOut(ongoing: OngoingCapture): void {
    const { id, userId, clientId, startedAt } = ongoing.capture;
    unwritten.add(ongoing);
    void ongoing.settle().finally(() => {
      unwritten.delete(ongoing);
      const { durableSeq } = ongoing;
      if (durableSeq > 0) {
        const progress = { capture_id: id, seq: durableSeq };
        ended.remember(`${userId}/${clientId}`, progress, startedAt);
      }
    });
  }

  function applyPressure(device: Device, isFull: boolean): void {
    const { session } = device;
    if (!session) return;
    device.cancelStuck();
    if (isFull) {
      session.link.pause();
      device.cancelStuck = clock.after(stuckDiskMs, () => tooSlow(device));
    } else {
      session.link.resume();
    }
  }

  function detach(device: Device): void {
    device.cancelStuck();
    device.session?.finish();
    device.session = null;
  }

  function dismiss(device: Device, error: AppError): void {
    const { session } = device;
    if (!session) return;
    detach(device);
    closeWith(session.link, error);
    device.ongoing?.lose();
    devices.show(device);
    devices.forgetIfIdle(device);
  }

  function tooSlow(device: Device): void {
    counts.add('slowSockets');
    dismiss(device, new AppError('too_slow'));
  }

  /** Whether nothing new may begin; then the device has been told. */
  function isRefused(device: Device): boolean {
    const refusal = context.refusalOf(device.userId);
    if (refusal) dismiss(device, refusal);
    return refusal !== null;
  }

  function targetOf(device: Device): SoundTarget {
    return {
      isOpen: () => device.ongoing !== null,
      takenSeq: () => device.ongoing?.takenSeq ?? 0,
      push(frame, format) {
        // A device that comes back with another codec cannot go on in the same capture.
        if (device.ongoing && device.ongoing.capture.format.encoding !== format.encoding) {
          device.ongoing.end('closed');
        }
        if (!device.ongoing && isRefused(device)) return false;
        device.ongoing ??= open(device, format);
        const isTaken = device.ongoing.push(frame);
        if (!isTaken) tooSlow(device);
        return isTaken;
      },
      stop: () => device.ongoing?.end('stop'),
      startLate: (startedAt, format) => {
        if (isRefused(device)) return null;
        const { userId, clientId } = device;
        return recordings.addLate({ userId, clientId, startedAt, format, origin: 'late' });
      },
      dismiss(error) {
        if (error.code === 'too_slow') tooSlow(device);
        else dismiss(device, error);
      },
    };
  }

  return {
    targetOf,
    detach,
    dismiss,

    takeUp(device, { capture, ...from }) {
      const ongoing = ongoingOf(device, capture, { type: 'recovered', ...from });
      if (capture.endReason) {
        writeOut(ongoing);
        return;
      }
      const older = device.ongoing;
      device.ongoing = ongoing;
      older?.end('lost');
    },

    applyPressure: (device) => applyPressure(device, device.ongoing?.isFull ?? false),

    progressOf: ({ userId, clientId, ongoing }) => ({
      capture_id: ongoing?.capture.id ?? null,
      seq: ongoing?.durableSeq ?? 0,
      ended: ended.recall(`${userId}/${clientId}`),
    }),

    ending: (of) =>
      [...unwritten].filter(
        ({ capture }) =>
          !of || (capture.userId === of.userId && capture.clientId.startsWith(of.clientId)),
      ),
  };
}
