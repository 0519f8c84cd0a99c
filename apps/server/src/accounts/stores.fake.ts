import type { Device, DeviceStore, RevokedTokens, User, UserStore } from './ports.ts';

/** Users in memory. `deactivate` is what an administrator's edit will do. */
export function memoryUsers(): UserStore & { deactivate(email: string): void } {
  const users = new Map<string, User>();
  const all = () => [...users.values()];
  return {
    async add(user) {
      if (all().some(({ email }) => email === user.email)) return false;
      users.set(user.id, user);
      return true;
    },
    find: async (id) => users.get(id) ?? null,
    findByEmail: async (email) => all().find((user) => user.email === email) ?? null,
    list: async () => all(),
    hasAdmin: async () => all().some((user) => user.isSuperuser && user.isActive),
    deactivate(email) {
      for (const user of all()) {
        if (user.email === email) users.set(user.id, { ...user, isActive: false });
      }
    },
  };
}

export function memoryRevokedTokens(): RevokedTokens & { readonly entries: Map<string, number> } {
  const entries = new Map<string, number>();
  return {
    entries,
    revoke: async (tokenId, expiresAt) => void entries.set(tokenId, expiresAt),
    isRevoked: async (tokenId) => entries.has(tokenId),
  };
}

export function memoryDevices(): DeviceStore {
  const devices = new Map<string, Device>();
  return {
    async seen(device) {
      const key = `${device.userId}/${device.clientId}`;
      const known = devices.get(key);
      devices.set(key, known ? { ...known, lastSeenAt: device.lastSeenAt } : device);
    },
    list: async (userId) => [...devices.values()].filter((device) => device.userId === userId),
  };
}
