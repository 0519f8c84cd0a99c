import type { ClientId, UserId } from '@friend-lite/contract';

export interface User {
  readonly id: UserId;
  /** Lower case; unique. */
  readonly email: string;
  /** bcrypt. */
  readonly passwordHash: string;
  readonly displayName: string | null;
  readonly isActive: boolean;
  readonly isSuperuser: boolean;
  readonly createdAt: number;
}

/** The users. Written by `accounts/` alone. */
export interface UserStore {
  /** Adds a user. Returns false, and changes nothing, when the email is taken. */
  add(user: User): Promise<boolean>;
  find(id: UserId): Promise<User | null>;
  /** `email` in lower case. */
  findByEmail(email: string): Promise<User | null>;
  /** Oldest first. */
  list(): Promise<readonly User[]>;
  /** Whether at least one active superuser exists. */
  hasAdmin(): Promise<boolean>;
}

/** One microphone of one user. */
export interface Device {
  readonly clientId: ClientId;
  readonly userId: UserId;
  /** As the device called itself first. */
  readonly deviceName: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

/** The devices of the users. Written by `accounts/` alone. */
export interface DeviceStore {
  /** Adds the device, or moves `lastSeenAt` of the one with this client id. */
  seen(device: Device): Promise<void>;
  list(userId: UserId): Promise<readonly Device[]>;
}

/** Tokens ended before their time, by their `jti`. */
export interface RevokedTokens {
  /** Idempotent. `expiresAt`: when the token would have ended anyway; the entry may be dropped after it. */
  revoke(tokenId: string, expiresAt: number): Promise<void>;
  isRevoked(tokenId: string): Promise<boolean>;
}
