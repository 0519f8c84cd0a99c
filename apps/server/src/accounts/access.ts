import type { UserId } from '@friend-lite/contract';
import { AppError, unreachable } from '../base/index.ts';
import type { User } from './ports.ts';

/** Who is asking. */
export type Principal = Pick<User, 'id' | 'isSuperuser'>;

/**
 * What is asked for.
 *
 * - `read`: a person's records and sound
 * - `control-device`: ending what a device records
 * - `be`: acting as the person: sending sound, watching it live
 * - `manage-users`: the accounts of the server; nobody's own
 */
export type Action = 'read' | 'control-device' | 'be' | 'manage-users';

/** Whether `principal` may do `action` to what belongs to `ownerId`; null owns what belongs to the server. */
export function isAllowed(principal: Principal, action: Action, ownerId: UserId | null): boolean {
  switch (action) {
    case 'read':
    case 'control-device':
      return principal.isSuperuser || principal.id === ownerId;
    case 'be':
      return principal.id === ownerId;
    case 'manage-users':
      return principal.isSuperuser;
    default:
      return unreachable(action);
  }
}

/** @throws AppError `forbidden` unless `isAllowed`. */
export function requireAccess(principal: Principal, action: Action, ownerId: UserId | null): void {
  if (!isAllowed(principal, action, ownerId)) throw new AppError('forbidden');
}

/**
 * Whose data a read is about: the principal's own unless a `user_id` filter names somebody else.
 *
 * @throws AppError `forbidden` for a filter the principal may not use; it is never ignored in silence.
 */
export function ownerToRead(principal: Principal, filter: UserId | undefined): UserId {
  const ownerId = filter ?? principal.id;
  requireAccess(principal, 'read', ownerId);
  return ownerId;
}
