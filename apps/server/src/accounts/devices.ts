import { clientIdSchema, type ClientId, type UserId } from '@friend-lite/contract';
import type { Clock } from '../base/index.ts';
import type { Device, DeviceStore } from './ports.ts';

const maxNameCharacters = 10;
const maxStoredName = 100;
const namelessDevice = 'device';

/**
 * The client id of a device: `<last 6 hex of the user id>-<name>`, the same on every connection.
 *
 * The name is lower-cased, keeps only letters, digits (of any script) and `-`, and is cut to 10 characters;
 * a device without a usable name is `device`.
 */
export function clientIdOf(userId: UserId, deviceName: string | null): ClientId {
  const cleaned = (deviceName ?? '')
    // One spelling of a letter, so that two ways of typing it are one device.
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}-]/gu, '');
  const name = Array.from(cleaned).slice(0, maxNameCharacters).join('');
  return clientIdSchema.parse(`${userId.slice(-6)}-${name === '' ? namelessDevice : name}`);
}

/** The microphones of the users. */
export interface Devices {
  /** Notes that the device is here, and says what it is called from now on. */
  seen(userId: UserId, deviceName: string | null): Promise<Device>;
  list(userId: UserId): Promise<readonly Device[]>;
}

export function createDevices(store: DeviceStore, clock: Clock): Devices {
  return {
    async seen(userId, deviceName) {
      const now = clock.now();
      const name = (deviceName ?? '').trim().slice(0, maxStoredName);
      const device: Device = {
        clientId: clientIdOf(userId, deviceName),
        userId,
        deviceName: name === '' ? namelessDevice : name,
        firstSeenAt: now,
        lastSeenAt: now,
      };
      await store.seen(device);
      return device;
    },

    list: (userId) => store.list(userId),
  };
}
