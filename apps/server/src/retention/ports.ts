import type { CaptureId, ClientId, UserId } from '@friend-lite/contract';
import type { Capture } from '../capture/index.ts';

/** What a user lets go of, and when. Null: nothing, by this rule. */
export interface RetentionSettings {
  /** Sound of conversations that ended so many days ago goes; words and memories stay. */
  readonly audioDays: number | null;
  /** Conversations that ended so many days ago go whole. */
  readonly conversationsDays: number | null;
  /** Sound no conversation claims goes so many hours after its recording ended; 0: never; null: as the server does. */
  readonly unclaimedAudioHours: number | null;
}

/** Written by `retention/` alone. */
export interface RetentionSettingsStore {
  /** Null when the user never chose. */
  find(userId: UserId): Promise<RetentionSettings | null>;
  put(userId: UserId, settings: RetentionSettings): Promise<void>;
}

/** Sound of one device in one encoding, as it lies on the disk. */
export interface SoundByDevice {
  readonly clientId: ClientId;
  /** `flac` is packed `pcm`. */
  readonly encoding: 'pcm' | 'flac' | 'opus';
  readonly byteCount: number;
  /** How long it lasts. */
  readonly soundMs: number;
}

/** What is asked of the records of captures. Reads only. */
export interface SoundRecords {
  /** Sealed captures with sound left, heard to their end, that ended before `before`; oldest first. */
  listOver(userId: UserId, before: number): Promise<readonly Capture[]>;
  /** Sealed PCM captures with segments that are not packed, of all users. */
  listUnpacked(): Promise<readonly { readonly userId: UserId; readonly id: CaptureId }[]>;
  /** Captures of all users by id, those after `after`. */
  listAll(after: CaptureId | null, limit: number): Promise<readonly Capture[]>;
  /** Sound of sealed segments that is there. */
  soundByDevice(userId: UserId): Promise<readonly SoundByDevice[]>;
}

/** All records of a user, but for the account. */
export interface UserRecords {
  /** How many there are, by table. */
  count(userId: UserId): Promise<Readonly<Record<string, number>>>;
  /** Removes them all at once, also from what the engine keeps of old pages; returns how many there were. */
  removeAll(userId: UserId): Promise<Readonly<Record<string, number>>>;
}

export interface FileCount {
  readonly fileCount: number;
  readonly byteCount: number;
}

/** All files of a user: each kind lies in a directory of its own, with one for each user in it. */
export interface UserFiles {
  /** Of one kind, such as `cropped`. */
  measure(userId: UserId, kind: string): Promise<FileCount>;
  /** Removes them all; returns what there was. */
  removeAll(userId: UserId): Promise<FileCount>;
}
