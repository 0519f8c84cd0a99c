import { clientIdSchema, type ClientId, type UserId } from '@friend-lite/contract';
import type { DeviceSession } from './device-session.ts';
import type { OngoingCapture } from './ongoing-capture.ts';
import type { Capture } from './ports.ts';
import type { SocketLink } from './socket-link.ts';

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

/** A device that is connected or expected back. */
export interface Device {
  readonly userId: UserId;
  readonly clientId: ClientId;
  deviceName: string;
  connectedAt: number;
  session: DeviceSession | null;
  /** Live or away. */
  ongoing: OngoingCapture | null;
  cancelStuck: () => void;
  /** How it stood when that was last told. */
  shown: string;
}

export type DeviceSighting = Pick<Device, 'deviceName' | 'connectedAt'>;

/** The devices that are connected or expected back, by user and client id. */
export interface DeviceTable {
  readonly find: (userId: UserId, clientId: ClientId) => Device | null;
  /** The device, known from now on. */
  readonly see: (userId: UserId, clientId: ClientId, sighting: DeviceSighting) => Device;
  /** Drops a device that is neither connected nor expected back. */
  readonly forgetIfIdle: (device: Device) => void;
  /** Tells how the device stands, when that is news. */
  readonly show: (device: Device) => void;
  /** Of one user or of all, longest connected first. */
  readonly active: (userId?: UserId) => readonly ActiveDevice[];
  readonly all: () => readonly Device[];
}

/** Devices of one user that call themselves the same; more than a user may have sockets. */
const maxNamesakes = 1000;

export function createDeviceTable(onDevice: (device: ActiveDevice) => void): DeviceTable {
  const devices = new Map<string, Device>();
  const keyOf = (userId: UserId, clientId: ClientId) => `${userId}/${clientId}`;

  return {
    find: (userId, clientId) => devices.get(keyOf(userId, clientId)) ?? null,

    see(userId, clientId, sighting) {
      const known = devices.get(keyOf(userId, clientId));
      if (known) return Object.assign(known, sighting);
      const device: Device = {
        userId,
        clientId,
        ...sighting,
        session: null,
        ongoing: null,
        cancelStuck: () => undefined,
        shown: '',
      };
      devices.set(keyOf(userId, clientId), device);
      return device;
    },

    forgetIfIdle(device) {
      if (device.session ?? device.ongoing) return;
      devices.delete(keyOf(device.userId, device.clientId));
    },

    show(device) {
      const sighting = sightingOf(device);
      const { isConnected, capture } = sighting;
      const standing = `${isConnected} ${capture?.id ?? ''} ${capture?.state ?? ''}`;
      if (standing === device.shown) return;
      device.shown = standing;
      onDevice(sighting);
    },

    active: (userId) =>
      [...devices.values()]
        .filter((device) => userId === undefined || device.userId === userId)
        .map(sightingOf)
        .sort((a, b) => a.connectedAt - b.connectedAt),

    all: () => [...devices.values()],
  };
}

/** What devices of one name are called: the name itself, then `-2`, `-3` …. */
export function* namesakesOf(clientId: ClientId): Iterable<ClientId> {
  yield clientId;
  for (let number = 2; number <= maxNamesakes; number += 1) {
    yield clientIdSchema.parse(`${clientId}-${number}`);
  }
}

/**
 * Which of the devices of this name a newcomer is: the first one that is expected back (away, or its socket
 * is among `dead`), else the first that nobody is.
 */
export function placeFor(
  table: Pick<DeviceTable, 'find'>,
  userId: UserId,
  clientId: ClientId,
  dead: ReadonlySet<SocketLink>,
): ClientId {
  let free: ClientId | null = null;
  for (const name of namesakesOf(clientId)) {
    const device = table.find(userId, name);
    const { session, ongoing } = device ?? { session: null, ongoing: null };
    const isTaken = session !== null && !dead.has(session.link);
    if (isTaken) continue;
    if (session ?? ongoing) return name;
    free ??= name;
    // Namesakes come one after the other: behind one that is not known there are none.
    if (!device && name !== clientId) break;
  }
  return free ?? clientId;
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
