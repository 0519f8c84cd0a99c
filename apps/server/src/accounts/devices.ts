import { clientIdSchema, type ClientId, type UserId } from '@friend-lite/contract';
import type { Clock } from '../base/index.ts';
import type { Device, DeviceStore } from './ports.ts';

const maxNameCharacters = 10;
const maxStoredName = 100;
const namelessDevice = 'device';

/**
 * The client id of a device whose name no other device's resembles: `<last 6 hex of the user id>-<name>`, the
 * same on every connection.
 *
 * The name is lower-cased, keeps only letters, digits (of any script) and `-`, and is cut to 10 characters;
 * a device without a usable name is `device`.
 */
export function clientIdOf(userId: UserId, deviceName: string | null): ClientId {
  const name = Array.from(plainName(deviceName)).slice(0, maxNameCharacters).join('');
  return clientIdSchema.parse(`${userId.slice(-6)}-${name}`);
}

/** What tells names apart: two spellings of it are one device. */
function plainName(deviceName: string | null): string {
  const cleaned = (deviceName ?? '')
    // One spelling of a letter, so that two ways of typing it are one device.
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}-]/gu, '');
  return cleaned === '' ? namelessDevice : cleaned;
}

/** The microphones of the users. */
export interface Devices {
  /**
   * Notes that the device is here, and says what it is called from now on. Names that differ only behind
   * their first 10 characters are different devices: the later one gets a `-2` (`-3`, …).
   */
  seen(userId: UserId, deviceName: string | null): Promise<Device>;
  list(userId: UserId): Promise<readonly Device[]>;
}

export function createDevices(store: DeviceStore, clock: Clock): Devices {
  let turn: Promise<unknown> = Promise.resolve();

  async function note(userId: UserId, deviceName: string | null): Promise<Device> {
    const now = clock.now();
    const name = (deviceName ?? '').trim().slice(0, maxStoredName);
    const device: Device = {
      clientId: idFor(userId, deviceName, await store.list(userId)),
      userId,
      deviceName: name === '' ? namelessDevice : name,
      firstSeenAt: now,
      lastSeenAt: now,
    };
    await store.seen(device);
    return device;
  }

  return {
    seen(userId, deviceName) {
      // One at a time, so that two newcomers do not get the same id.
      const mine = turn.then(() => note(userId, deviceName));
      turn = mine.catch(() => undefined);
      return mine;
    },

    list: (userId) => store.list(userId),
  };
}

/** The id the device has already, else the first that no device of another name has. */
function idFor(userId: UserId, deviceName: string | null, known: readonly Device[]): ClientId {
  const plainest = clientIdOf(userId, deviceName);
  const nameOf = new Map(known.map((device) => [device.clientId, plainName(device.deviceName)]));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? plainest : clientIdSchema.parse(`${plainest}-${number}`);
    const holder = nameOf.get(id);
    if (holder === undefined || holder === plainName(deviceName)) return id;
  }
}
