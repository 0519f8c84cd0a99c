import { openSqlite, type SqliteStores } from '../src/adapters/sqlite/index.ts';
import { fakeClock } from '../src/base/fake-clock.ts';
import type { Clock } from '../src/base/index.ts';
import {
  describeDeviceStore,
  describeRevokedTokens,
  describeUserStore,
} from './suites/accounts.ts';
import { describeCaptureStore } from './suites/captures.ts';
import { describeConversationStore } from './suites/conversations.ts';
import { describeEditStore } from './suites/edits.ts';
import { describeHearingHintsStore } from './suites/hearing-hints.ts';
import { describeJobQueue } from './suites/jobs.ts';
import { describeMemoryStore } from './suites/memories.ts';
import { describePersonStore } from './suites/people.ts';
import { start } from './suites/samples.ts';
import { describeSpeechStore } from './suites/speech.ts';
import type { Subject } from './suites/suite.ts';
import { describePieceStore } from './suites/transcript-pieces.ts';
import { describeUploadStore } from './suites/uploads.ts';

function open<Store>(
  choose: (stores: SqliteStores) => Store,
  clock: Clock = fakeClock(start),
): Subject<Store> {
  const stores = openSqlite({ path: ':memory:', clock });
  return { store: choose(stores), dispose: () => stores.close() };
}

describeUserStore('sqlite', () => open((stores) => stores.users));
describeDeviceStore('sqlite', () => open((stores) => stores.devices));
describeRevokedTokens('sqlite', () => open((stores) => stores.revokedTokens));
describeCaptureStore('sqlite', () => open((stores) => stores.captures));
describeUploadStore('sqlite', () => open((stores) => stores.uploads));
describeConversationStore('sqlite', () => open((stores) => stores.conversations));
describeEditStore('sqlite', () => open((stores) => stores));
describeSpeechStore('sqlite', () => open((stores) => stores.speech));
describePersonStore('sqlite', () => open((stores) => stores.people));
describePieceStore('sqlite', () => open((stores) => stores.pieces));
describeHearingHintsStore('sqlite', () => open((stores) => stores.hearingHints));
describeMemoryStore('sqlite', () => open((stores) => stores.memories));
describeJobQueue('sqlite', (clock) => open((stores) => stores.jobs, clock));
