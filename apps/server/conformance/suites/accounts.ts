import { clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { expect, it } from 'vitest';
import type { DeviceStore, RevokedTokens, UserStore } from '../../src/accounts/index.ts';
import { alice, bob, clientId, device, start, user } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

export function describeUserStore(
  name: string,
  makeStore: () => Promise<Subject<UserStore>> | Subject<UserStore>,
): void {
  describeStore(`users: ${name}`, makeStore, (users) => {
    it('gives back what was added, by id and by email', async () => {
      const nameless = user({ displayName: null, isSuperuser: true, isActive: false });
      expect(await users().add(nameless)).toBe(true);
      expect(await users().find(alice)).toEqual(nameless);
      expect(await users().findByEmail('alice@example.com')).toEqual(nameless);
      expect(await users().find(bob)).toBeNull();
      expect(await users().findByEmail('bob@example.com')).toBeNull();
    });

    it('refuses an email that is taken, and changes nothing', async () => {
      await users().add(user());
      expect(await users().add(user({ id: bob, displayName: 'Bob' }))).toBe(false);
      expect(await users().list()).toEqual([user()]);
    });

    it('are listed oldest first', async () => {
      const older = user({ id: bob, email: 'bob@example.com', createdAt: start - 1000 });
      await users().add(user());
      await users().add(older);
      expect(await users().list()).toEqual([older, user()]);
    });

    it('have an admin once there is an active superuser', async () => {
      expect(await users().hasAdmin()).toBe(false);
      await users().add(user());
      await users().add(
        user({ id: bob, email: 'gone@example.com', isSuperuser: true, isActive: false }),
      );
      expect(await users().hasAdmin()).toBe(false);
      const admin = { email: 'admin@example.com', isSuperuser: true };
      await users().add(user({ id: userIdSchema.parse('665f0000000000000000ad00'), ...admin }));
      expect(await users().hasAdmin()).toBe(true);
    });
  });
}

export function describeDeviceStore(
  name: string,
  makeStore: () => Promise<Subject<DeviceStore>> | Subject<DeviceStore>,
): void {
  describeStore(`devices: ${name}`, makeStore, (devices) => {
    it('keeps what a device called itself first, and when it was seen last', async () => {
      await devices().seen(device());
      await devices().seen(
        device({ deviceName: 'pendant!', firstSeenAt: start + 5000, lastSeenAt: start + 5000 }),
      );
      expect(await devices().list(alice)).toEqual([device({ lastSeenAt: start + 5000 })]);
    });

    it('keeps the devices of a user apart, and those of others out', async () => {
      const watch = device({ clientId: clientIdSchema.parse('a11ce0-watch'), deviceName: 'Watch' });
      await devices().seen(device());
      await devices().seen(watch);
      await devices().seen(device({ userId: bob, deviceName: 'of Bob' }));
      expect(await devices().list(alice)).toHaveLength(2);
      expect(await devices().list(alice)).toEqual(expect.arrayContaining([device(), watch]));
      expect(await devices().list(bob)).toMatchObject([{ clientId, deviceName: 'of Bob' }]);
    });
  });
}

/** The stores' clock stands at `start`. */
export function describeRevokedTokens(
  name: string,
  makeStore: () => Promise<Subject<RevokedTokens>> | Subject<RevokedTokens>,
): void {
  describeStore(`revoked tokens: ${name}`, makeStore, (tokens) => {
    it('are those that were revoked, however often, and no others', async () => {
      expect(await tokens().isRevoked('a')).toBe(false);
      await tokens().revoke('a', start + 60_000);
      await tokens().revoke('a', start + 60_000);
      await tokens().revoke('b', start + 1000);
      expect(await tokens().isRevoked('a')).toBe(true);
      expect(await tokens().isRevoked('b')).toBe(true);
      expect(await tokens().isRevoked('c')).toBe(false);
    });
  });
}
