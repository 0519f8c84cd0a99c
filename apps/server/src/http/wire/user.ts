import type { UserBody } from '@friend-lite/contract';
import type { User } from '../../accounts/index.ts';

/** A user without their password's hash. Everybody counts as verified: only administrators add users. */
export function userBody(user: User): UserBody {
  return {
    id: user.id,
    _id: user.id,
    email: user.email,
    display_name: user.displayName,
    is_active: user.isActive,
    is_superuser: user.isSuperuser,
    is_verified: true,
  };
}
