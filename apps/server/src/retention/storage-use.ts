import type { ClientId, UserId } from '@friend-lite/contract';
import type { SoundByDevice, SoundRecords, UserFiles } from './ports.ts';

/** What a device's recordings take. */
export interface DeviceUse {
  readonly clientId: ClientId;
  readonly byteCount: number;
  readonly soundMs: number;
}

/** What a user's data takes on the disk, in bytes; the database and the free space are everybody's. */
export interface StorageUse {
  readonly sound: Readonly<Record<SoundByDevice['encoding'], number>>;
  readonly croppedBytes: number;
  readonly uploadBytes: number;
  readonly databaseBytes: number;
  readonly freeBytes: number;
  readonly soundMs: number;
  /** By size, the largest first. */
  readonly devices: readonly DeviceUse[];
}

/** Measures what a user's data takes. */
export async function measureStorage(
  deps: {
    readonly records: Pick<SoundRecords, 'soundByDevice'>;
    readonly files: Pick<UserFiles, 'measure'>;
    readonly databaseBytes: () => number;
    readonly freeBytes: () => Promise<number>;
  },
  userId: UserId,
): Promise<StorageUse> {
  const [rows, cropped, uploads, freeBytes] = await Promise.all([
    deps.records.soundByDevice(userId),
    deps.files.measure(userId, 'cropped'),
    deps.files.measure(userId, 'uploads'),
    deps.freeBytes(),
  ]);
  const sound = { pcm: 0, flac: 0, opus: 0 };
  const devices = new Map<ClientId, DeviceUse>();
  for (const { clientId, encoding, byteCount, soundMs } of rows) {
    sound[encoding] += byteCount;
    const known = devices.get(clientId) ?? { clientId, byteCount: 0, soundMs: 0 };
    devices.set(clientId, {
      clientId,
      byteCount: known.byteCount + byteCount,
      soundMs: known.soundMs + soundMs,
    });
  }
  return {
    sound,
    croppedBytes: cropped.byteCount,
    uploadBytes: uploads.byteCount,
    databaseBytes: deps.databaseBytes(),
    freeBytes,
    soundMs: rows.reduce((sum, row) => sum + row.soundMs, 0),
    devices: [...devices.values()].sort((a, b) => b.byteCount - a.byteCount),
  };
}
