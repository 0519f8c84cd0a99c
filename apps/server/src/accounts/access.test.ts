import { userIdSchema } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { isAllowed, ownerToRead, requireAccess, type Action } from './access.ts';

const ada = { id: userIdSchema.parse('a'.repeat(24)), isSuperuser: false };
const bob = { id: userIdSchema.parse('b'.repeat(24)), isSuperuser: false };
const admin = { id: userIdSchema.parse('c'.repeat(24)), isSuperuser: true };

describe('access', () => {
  const personal: Action[] = ['read', 'control-device', 'be'];

  it.each(personal)('lets everybody %s what is their own', (action) => {
    expect(isAllowed(ada, action, ada.id)).toBe(true);
    expect(isAllowed(admin, action, admin.id)).toBe(true);
  });

  it.each(personal)('lets nobody but an administrator %s what is another’s', (action) => {
    expect(isAllowed(ada, action, bob.id)).toBe(false);
    expect(isAllowed(ada, action, null)).toBe(false);
  });

  it('lets an administrator read and control, but never be, somebody else', () => {
    expect(isAllowed(admin, 'read', ada.id)).toBe(true);
    expect(isAllowed(admin, 'control-device', ada.id)).toBe(true);
    expect(isAllowed(admin, 'be', ada.id)).toBe(false);
  });

  it('keeps the accounts to administrators', () => {
    expect(isAllowed(admin, 'manage-users', null)).toBe(true);
    expect(isAllowed(ada, 'manage-users', null)).toBe(false);
    expect(isAllowed(ada, 'manage-users', ada.id)).toBe(false);
  });

  it('refuses a foreign user_id filter instead of ignoring it', () => {
    expect(() => ownerToRead(ada, bob.id)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(ownerToRead(ada, undefined)).toBe(ada.id);
    expect(ownerToRead(ada, ada.id)).toBe(ada.id);
    expect(ownerToRead(admin, bob.id)).toBe(bob.id);
  });

  it('throws what it does not allow', () => {
    expect(() => requireAccess(ada, 'manage-users', null)).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
  });
});
