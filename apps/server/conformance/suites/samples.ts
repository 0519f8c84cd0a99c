import {
  captureIdSchema,
  clientIdSchema,
  conversationIdSchema,
  memoryIdSchema,
  transcriptVersionIdSchema,
  userIdSchema,
  utteranceIdSchema,
} from '@friend-lite/contract';
import type { Device, User } from '../../src/accounts/index.ts';
import { speechFormat } from '../../src/audio/index.ts';
import { derivedUuid } from '../../src/base/index.ts';
import type { Capture, Segment } from '../../src/capture/index.ts';
import {
  initialStages,
  type Conversation,
  type TranscriptVersion,
} from '../../src/conversations/index.ts';
import type { Memory } from '../../src/memory/index.ts';

/** Records for the suites: whole, plain, and told apart by the names they are made from. */

export const alice = userIdSchema.parse('665f00000000000000a11ce0');
export const bob = userIdSchema.parse('665f0000000000000000b0b0');

export const clientId = clientIdSchema.parse('a11ce0-pendant');
export const start = 1_750_000_000_000;

/** 32 hex digits from a number. */
export const captureId = (number: number) =>
  captureIdSchema.parse(number.toString(16).padStart(32, '0'));
export const conversationId = (name: string) => conversationIdSchema.parse(derivedUuid(name));
export const transcriptId = (name: string) => transcriptVersionIdSchema.parse(derivedUuid(name));
export const memoryId = (name: string) => memoryIdSchema.parse(derivedUuid(name));

export const user = (change: Partial<User> = {}): User => ({
  id: alice,
  email: 'alice@example.com',
  passwordHash: '$2b$12$hash',
  displayName: 'Alice',
  isActive: true,
  isSuperuser: false,
  createdAt: start,
  ...change,
});

export const device = (change: Partial<Device> = {}): Device => ({
  clientId,
  userId: alice,
  deviceName: 'Pendant',
  firstSeenAt: start,
  lastSeenAt: start,
  ...change,
});

export const capture = (change: Partial<Capture> = {}): Capture => ({
  id: captureId(1),
  userId: alice,
  clientId,
  format: speechFormat,
  startedAt: start,
  origin: 'live',
  state: 'live',
  awaySince: null,
  endedAt: null,
  endReason: null,
  ...change,
});

export const segment = (change: Partial<Segment> = {}): Segment => ({
  captureId: captureId(1),
  userId: alice,
  index: 0,
  startMs: 0,
  byteCount: 0,
  durationMs: 0,
  gaps: [],
  lastSeq: null,
  isSealed: false,
  ...change,
});

export const conversation = (name: string, change: Partial<Conversation> = {}): Conversation => ({
  id: conversationId(name),
  userId: alice,
  clientId,
  createdAt: start,
  startedAt: start,
  endedAt: null,
  phase: 'open',
  closeReason: null,
  stages: initialStages,
  ranges: [{ captureId: captureId(1), captureStartedAt: start, startMs: 0.5, endMs: 1500 }],
  title: null,
  summary: null,
  activeTranscriptId: null,
  utteranceCount: 0,
  memoryCount: 0,
  coverage: null,
  croppedSpans: null,
  revision: 0,
  isPinned: false,
  mergedInto: null,
  ...change,
});

export const transcript = (
  name: string,
  change: Partial<TranscriptVersion> = {},
): TranscriptVersion => ({
  id: transcriptId(name),
  conversationId: conversationId('walk'),
  userId: alice,
  provider: 'wyoming',
  model: 'tiny',
  createdAt: start,
  outcome: 'words',
  coverage: 0.75,
  utterances: [
    {
      id: utteranceIdSchema.parse(`${transcriptId(name)}:0`),
      startMs: start + 0.5,
      endMs: start + 1500,
      text: 'Let us meet at the “Café” — 10 o’clock.',
      speaker: null,
      confidence: 0.5,
      words: [
        { startMs: start + 500.5, endMs: start + 700.25, text: 'Let', confidence: 0.5 },
        { startMs: start + 700.25, endMs: start + 1500, text: '“Café”', confidence: null },
      ],
    },
  ],
  ...change,
});

export const memory = (text: string, change: Partial<Memory> = {}): Memory => ({
  id: memoryId(text),
  userId: alice,
  clientId,
  kind: 'fact',
  text,
  entities: [],
  validFrom: start,
  validUntil: null,
  createdAt: start,
  updatedAt: start,
  provenance: {
    conversationId: conversationId('walk'),
    transcriptVersionId: transcriptId('first'),
    utteranceIds: [utteranceIdSchema.parse(`${transcriptId('first')}:0`)],
    startMs: start + 0.5,
    endMs: start + 1500,
    extractor: 'rules',
    model: null,
    promptRevision: '1',
  },
  ...change,
});
