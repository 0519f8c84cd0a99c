import type {
  CaptureId,
  ClientId,
  CloseReason,
  ConversationId,
  EditId,
  MemoryId,
  TranscriptVersionId,
  UserId,
  UtteranceId,
} from '@friend-lite/contract';
import type { PcmFormat, Span } from '../audio/index.ts';
import type { Stages } from './stages.ts';

/** A stretch of one capture, in capture time. */
export interface CaptureRange extends Span {
  readonly captureId: CaptureId;
  /** Epoch ms of capture time 0. */
  readonly captureStartedAt: number;
}

/** A claim over ranges of captures. Holds no audio of its own. */
export interface Conversation {
  readonly id: ConversationId;
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly createdAt: number;
  /** Epoch ms of the start of its first range. */
  readonly startedAt: number;
  /** Epoch ms of the end of its last range; null while it is open. */
  readonly endedAt: number | null;
  /** `open` from the first speech; `closing` while its jobs run; `closed` when none is left to run. */
  readonly phase: 'open' | 'closing' | 'closed';
  readonly closeReason: CloseReason | null;
  readonly stages: Stages;
  /** In time order, without overlap; none of one that was merged, or brought in as text. While open, the end of the last one is the end of the last speech heard. */
  readonly ranges: readonly CaptureRange[];
  readonly title: string | null;
  readonly summary: string | null;
  readonly activeTranscriptId: TranscriptVersionId | null;
  readonly utteranceCount: number;
  readonly memoryCount: number;
  /** Share of its speech covered by the active transcript, 0..1. */
  readonly coverage: number | null;
  /** What its cropped sound keeps, ms from its start; null when there is none. */
  readonly croppedSpans: readonly Span[] | null;
  /** How often its ranges were edited: its jobs are asked for anew with each. */
  readonly revision: number;
  /** Kept whatever its age. */
  readonly isPinned: boolean;
  /** The one it became part of; it is not listed any more, and claims nothing. */
  readonly mergedInto: ConversationId | null;
}

/** One word, with its punctuation. Times are epoch ms. */
export interface Word extends Span {
  readonly text: string;
  /** 0..1; null when nobody says. */
  readonly confidence: number | null;
}

/** Words of one speaker in one go. Times are epoch ms. */
export interface Utterance {
  readonly id: UtteranceId;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  readonly speaker: string | null;
  /** 0..1. */
  readonly confidence: number | null;
  /** In time order; empty where nobody knows when each was said, as after a correction by hand. */
  readonly words: readonly Word[];
  /** What it is called where it was brought in from. */
  readonly externalId?: string;
}

/** One version of the words of a conversation. Immutable. */
export interface TranscriptVersion {
  readonly id: TranscriptVersionId;
  readonly conversationId: ConversationId;
  readonly userId: UserId;
  readonly provider: string;
  readonly model: string;
  readonly createdAt: number;
  readonly outcome: 'words' | 'silence';
  /** Share of the conversation's speech that was heard by the recogniser, 0..1. */
  readonly coverage: number;
  /** In time order. */
  readonly utterances: readonly Utterance[];
}

/** Conversations and their transcripts. Written by `conversations/` alone. */
export interface ConversationStore {
  /** Adds a conversation, with its words where there are any already; does nothing when its id exists. */
  add(conversation: Conversation, words?: TranscriptVersion): Promise<void>;
  /**
   * Reads the conversation, applies `change`, writes the result: atomically against other updates of it.
   * Returns what was written, or null when there is none. `change` may return its argument unchanged.
   */
  update(
    userId: UserId,
    id: ConversationId,
    change: (conversation: Conversation) => Conversation,
  ): Promise<Conversation | null>;
  /**
   * Removes the conversation with its transcripts, those that were merged into it, and the edits of any of
   * them. False when there is none.
   */
  remove(userId: UserId, id: ConversationId): Promise<boolean>;
  find(userId: UserId, id: ConversationId): Promise<Conversation | null>;
  /** Newest first by `startedAt`; without those that were merged. */
  list(
    userId: UserId,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<{ readonly conversations: readonly Conversation[]; readonly total: number }>;
  /** How many conversations each client id of the user has, without those that were merged. */
  countByClient(userId: UserId): Promise<ReadonlyMap<ClientId, number>>;
  /** Open and closing ones of all users: the work of a restart. */
  listUnfinished(): Promise<readonly Conversation[]>;
  /** Conversations of the device that go on at some time of the span (epoch ms), oldest first; without merged ones. */
  listDuring(userId: UserId, clientId: ClientId, span: Span): Promise<readonly Conversation[]>;
  /** Conversations that claim some of the capture, oldest first. */
  listByCapture(userId: UserId, captureId: CaptureId): Promise<readonly Conversation[]>;

  /** Adds a version; does nothing when its id exists. */
  addTranscript(version: TranscriptVersion): Promise<void>;
  findTranscript(userId: UserId, id: TranscriptVersionId): Promise<TranscriptVersion | null>;
  /** Oldest first. */
  listTranscripts(
    userId: UserId,
    conversationId: ConversationId,
  ): Promise<readonly TranscriptVersion[]>;
}

/**
 * How a person changed what conversations claim, or (`activate`, `correct`) say; `join`: the server itself, for sound that
 * came late.
 */
export type EditKind = 'split' | 'merge' | 'trim' | 'join' | 'activate' | 'correct';

/** A memory that went with its words: to another conversation or transcript, or out of sight. */
export interface MemoryMove {
  readonly memoryId: MemoryId;
  readonly from: MemoryPlace;
  readonly to: MemoryPlace;
}

export interface MemoryPlace {
  readonly conversationId: ConversationId;
  readonly transcriptVersionId: TranscriptVersionId;
  /** Its words are cut off. */
  readonly isHidden: boolean;
}

/** One edit, with all that it takes to undo it. */
export interface Edit {
  readonly id: EditId;
  readonly userId: UserId;
  readonly kind: EditKind;
  readonly at: number;
  /** The conversations it touched, as they were. */
  readonly before: readonly Conversation[];
  /** The same as it left them, and what it made. */
  readonly after: readonly Conversation[];
  readonly memories: readonly MemoryMove[];
  /** The versions it made. */
  readonly transcriptIds: readonly TranscriptVersionId[];
  readonly undoneAt: number | null;
}

/** What an edit, or its undoing, writes. */
export interface EditWrite {
  /** Added, or replaced. */
  readonly edit: Edit;
  /** `before` null: added; `after` null: removed. */
  readonly conversations: readonly {
    readonly before: Conversation | null;
    readonly after: Conversation | null;
  }[];
  readonly addedTranscripts: readonly TranscriptVersion[];
  readonly removedTranscripts: readonly TranscriptVersionId[];
  readonly memories: readonly MemoryMove[];
  readonly removedMemories: readonly MemoryId[];
}

/** Edits of conversations. Written by `conversations/` alone. */
export interface EditStore {
  /**
   * Writes all of it durably, or nothing. False, and nothing written, when one of the conversations is not
   * any more as its `before` says. A memory that is gone is left out.
   */
  write(write: EditWrite): Promise<boolean>;
  /** The edits that touched the conversation, undone ones too, latest first. */
  list(userId: UserId, conversationId: ConversationId): Promise<readonly Edit[]>;
}

/** Cropped sound of conversations: one WAV file each, without the silence. Written by `pipeline/` alone. */
export interface CroppedFiles {
  /** Writes the file whole or not at all, replacing an older one. `chunks` is PCM of `format`. */
  write(
    userId: UserId,
    id: ConversationId,
    format: PcmFormat,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  /** Idempotent. */
  remove(userId: UserId, id: ConversationId): Promise<void>;
  /** The file's PCM, or null when there is none. */
  open(
    userId: UserId,
    id: ConversationId,
  ): Promise<{
    readonly format: PcmFormat;
    readonly byteCount: number;
    read(start: number, end: number): AsyncIterable<Uint8Array>;
  } | null>;
}

/** Where speech was heard in a capture, and how far the detector has listened. Written by `conversations/` alone. */
export interface SpeechStore {
  /**
   * Adds regions (capture time) and moves the watermark to `analyzedMs` when that is further on.
   * Regions that overlap or touch ones already there are joined with them, so that hearing the same
   * sound twice changes nothing.
   */
  record(
    userId: UserId,
    captureId: CaptureId,
    heard: { readonly regions: readonly Span[]; readonly analyzedMs: number },
  ): Promise<void>;
  /** Marks that nothing of the capture is left to listen to. Idempotent. */
  finish(userId: UserId, captureId: CaptureId): Promise<void>;
  /** Captures that were listened to (`record`) but not to the end: the work of a restart. Of all users. */
  listUnfinished(): Promise<readonly { readonly userId: UserId; readonly captureId: CaptureId }[]>;
  /** 0 for a capture nobody has listened to. */
  analyzedMs(userId: UserId, captureId: CaptureId): Promise<number>;
  /** Regions that overlap `within`, cut to it, in order. */
  regions(userId: UserId, captureId: CaptureId, within: Span): Promise<readonly Span[]>;
}
