import { z } from 'zod';
import type { DeviceStore, RevokedTokens, UserStore } from '../../accounts/index.ts';
import type { Clock } from '../../base/index.ts';
import type { CaptureStore, UpkeepStore, UploadStore } from '../../capture/index.ts';
import type {
  ConversationStore,
  EditStore,
  PersonStore,
  SpeechStore,
} from '../../conversations/index.ts';
import type { JobQueue } from '../../jobs/index.ts';
import type { MemoryStore } from '../../memory/index.ts';
import type { RetentionSettingsStore, SoundRecords, UserRecords } from '../../retention/index.ts';
import type { HearingHintsStore, PieceStore } from '../../transcription/index.ts';
import { sqliteCaptures } from './captures.ts';
import { sqliteConversations } from './conversations.ts';
import { openDatabase } from './database.ts';
import { sqliteDevices } from './devices.ts';
import { sqliteEdits } from './edits.ts';
import { sqliteHearingHints } from './hearing-hints.ts';
import { sqliteJobs } from './jobs.ts';
import { sqliteMemories } from './memories.ts';
import { schemaVersion } from './migrate.ts';
import { sqlitePeople } from './people.ts';
import { sqliteRevokedTokens } from './revoked-tokens.ts';
import { sqliteRetentionSettings } from './settings.ts';
import { sqliteSpeech } from './speech.ts';
import { sqlitePieces } from './transcript-pieces.ts';
import { sqliteUpkeep } from './upkeep.ts';
import { sqliteUserRecords } from './user-data.ts';
import { sqliteUploads } from './uploads.ts';
import { sqliteUsers } from './users.ts';

/** Every record of the house in one file. A call is answered before it returns: nothing runs behind it. */
export interface SqliteStores {
  readonly users: UserStore;
  readonly devices: DeviceStore;
  readonly revokedTokens: RevokedTokens;
  readonly captures: CaptureStore;
  readonly uploads: UploadStore;
  readonly conversations: ConversationStore;
  readonly edits: EditStore;
  readonly speech: SpeechStore;
  readonly people: PersonStore;
  readonly pieces: PieceStore;
  readonly memories: MemoryStore;
  readonly jobs: JobQueue;
  readonly upkeep: UpkeepStore & SoundRecords;
  readonly retentionSettings: RetentionSettingsStore;
  readonly hearingHints: HearingHintsStore;
  readonly userRecords: UserRecords;
  /** What is stored in, for people. Throws when the database does not answer. */
  describe(): {
    readonly engine: string;
    readonly path: string;
    readonly schemaVersion: number;
    readonly byteCount: number;
  };
  /** Writes the log back and lets go of the file; calls after it fail. */
  close(): void;
}

/**
 * Opens the database, makes it when there is none, and brings its tables up to date.
 *
 * @param path of the file, or `:memory:` for one that dies with the process.
 * @throws an error for the operator when another server has it open, when a newer version wrote it, or when
 * it cannot be opened.
 */
export function openSqlite({
  path,
  clock,
}: {
  readonly path: string;
  readonly clock: Clock;
}): SqliteStores {
  const database = openDatabase(path);
  const facts = database.sql.prepare(`
    SELECT 'SQLite ' || sqlite_version() AS engine, page_count * page_size AS byteCount
    FROM pragma_page_count, pragma_page_size`);

  return {
    users: sqliteUsers(database),
    devices: sqliteDevices(database),
    revokedTokens: sqliteRevokedTokens(database, clock),
    captures: sqliteCaptures(database),
    uploads: sqliteUploads(database),
    conversations: sqliteConversations(database),
    edits: sqliteEdits(database),
    speech: sqliteSpeech(database),
    people: sqlitePeople(database),
    pieces: sqlitePieces(database),
    memories: sqliteMemories(database),
    jobs: sqliteJobs(database, clock),
    upkeep: sqliteUpkeep(database),
    retentionSettings: sqliteRetentionSettings(database),
    hearingHints: sqliteHearingHints(database),
    userRecords: sqliteUserRecords(database),
    describe: () => ({ ...factsRow.parse(facts.get()), path, schemaVersion }),
    close: () => database.close(),
  };
}

const factsRow = z.object({ engine: z.string(), byteCount: z.int() });
