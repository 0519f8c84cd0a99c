import type {
  ClientId,
  ConversationId,
  MemoryId,
  MemoryKind,
  TranscriptVersionId,
  UserId,
  UtteranceId,
} from '@friend-lite/contract';
import type { Span } from '../audio/index.ts';

/** Where a memory comes from. Times are epoch ms. */
export interface Provenance extends Span {
  readonly conversationId: ConversationId;
  readonly transcriptVersionId: TranscriptVersionId;
  readonly utteranceIds: readonly UtteranceId[];
  /** `rules`, or the name of the language model's adapter. */
  readonly extractor: string;
  readonly model: string | null;
  readonly promptRevision: string;
}

/** One statement about a user's life. */
export interface Memory {
  readonly id: MemoryId;
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly kind: MemoryKind;
  readonly text: string;
  /** People, places and other names in it, as spoken but capitalised. */
  readonly entities: readonly string[];
  readonly validFrom: number;
  readonly validUntil: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly provenance: Provenance;
}

/** Where a memory belongs, also one that an edit has hidden. */
export interface MemoryPlacement extends Pick<Memory, 'id' | 'provenance'> {
  readonly isHidden: boolean;
}

/**
 * The memories. Written by `memory/` alone, but for where they belong: that goes with the edits of
 * conversations. Those of words that an edit cut off are hidden: only `placesOf` gives them.
 */
export interface MemoryStore {
  /**
   * Adds the memories whose ids are not there yet; leaves the others as they are, but for hidden ones: those
   * become what is added. Returns how many were added.
   */
  addMissing(userId: UserId, memories: readonly Memory[]): Promise<number>;
  find(userId: UserId, id: MemoryId): Promise<Memory | null>;
  /** Newest first. */
  list(
    userId: UserId,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<{ readonly memories: readonly Memory[]; readonly total: number }>;
  /** Removes what was remembered of a conversation, hidden ones too. Returns how many there were. */
  removeByConversation(userId: UserId, conversationId: ConversationId): Promise<number>;
  /** In the order they were spoken. */
  listByConversation(userId: UserId, conversationId: ConversationId): Promise<readonly Memory[]>;
  /** Every memory of the conversation, hidden ones too. */
  placesOf(userId: UserId, conversationId: ConversationId): Promise<readonly MemoryPlacement[]>;
  /**
   * Keyword search over text and entities: stemmed, any word matches, best first.
   * `query` is plain words from a person; no character of it has a special meaning. Empty finds nothing.
   * Words that most sentences have (“the”, “is”) count only when there are no others; of a very long query
   * only the first words count.
   * `score` is 0..1, higher is better, comparable within one answer only.
   */
  search(
    userId: UserId,
    query: string,
    limit: number,
  ): Promise<readonly { readonly memory: Memory; readonly score: number }[]>;
}
