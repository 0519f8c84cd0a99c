import type {
  CaptureId,
  ClientId,
  CloseReason,
  ConversationId,
  TranscriptVersionId,
  UserId,
} from '@friend-lite/contract';
import { newUuid, type Clock } from '../base/index.ts';
import { conversationIdSchema } from '@friend-lite/contract';
import {
  opened,
  reduceLifecycle,
  type Lifecycle,
  type LifecycleEffect,
  type LifecycleEvent,
} from './lifecycle.ts';
import type { Conversation, ConversationStore, TranscriptVersion } from './ports.ts';
import type { PlannedImport } from './text-import.ts';

/** The device and sound a new conversation starts from. Times named `…Ms` are capture time. */
export interface Opening {
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly captureId: CaptureId;
  /** Epoch ms of capture time 0. */
  readonly captureStartedAt: number;
  readonly startMs: number;
  readonly speechEndMs: number;
}

/** What a listener is told: the conversation as it was written, and the jobs it now needs. */
export interface ConversationChange {
  /** As it was; null for a new one, and the same object as `conversation` when nothing changed. */
  readonly before: Conversation | null;
  readonly conversation: Conversation;
  readonly effects: readonly LifecycleEffect[];
}

/** Changes conversations, and is the only one that does. */
export interface Conversations {
  open(opening: Opening): Promise<Conversation>;
  /** Moves the end of an open conversation to later speech. */
  extend(userId: UserId, id: ConversationId, speechEndMs: number): Promise<void>;
  /**
   * Closes an open conversation at `endMs` of its capture; closing it again changes nothing. When this
   * resolves the close is durable and the jobs it needs were asked for.
   */
  close(
    userId: UserId,
    id: ConversationId,
    how: { readonly reason: CloseReason; readonly endMs: number; readonly endedAt: number },
  ): Promise<void>;
  /**
   * Moves a closing conversation on. Repeating an event changes nothing. Null, and nothing changed, when there
   * is none any more, and when it was edited since `of`: what was found out then is of what it claimed then.
   * A title is taken only where it has none.
   */
  advance(
    of: Pick<Conversation, 'userId' | 'id' | 'revision'>,
    event: LifecycleEvent,
    facts?: Partial<
      Pick<Conversation, 'title' | 'utteranceCount' | 'memoryCount' | 'coverage' | 'croppedSpans'>
    > & {
      readonly activeTranscriptId?: TranscriptVersionId;
    },
  ): Promise<Conversation | null>;
  /** What a person notes of a conversation: its name, and whether it is kept whatever its age. Null: there is none. */
  annotate(
    userId: UserId,
    id: ConversationId,
    notes: Partial<Pick<Conversation, 'title' | 'isPinned'>>,
  ): Promise<Conversation | null>;
  /**
   * Adds a conversation of words alone. Adding the same one again changes nothing. When this resolves it is durable
   * and the jobs it needs were asked for.
   */
  add(planned: PlannedImport): Promise<Conversation>;
  /** Stores a version of the words; a version that is there stays as it is. */
  addTranscript(version: TranscriptVersion): Promise<void>;
}

/**
 * @param onChange is awaited after each write, before the call that wrote it resolves: this is where jobs are
 * enqueued. If the process dies in between, `owedEffects` tells the restart what is missing.
 */
export function createConversations(
  store: Pick<ConversationStore, 'add' | 'find' | 'update' | 'addTranscript'>,
  clock: Clock,
  onChange: (change: ConversationChange) => Promise<void>,
): Conversations {
  return {
    async open(opening) {
      const conversation: Conversation = {
        ...opened,
        id: conversationIdSchema.parse(newUuid()),
        userId: opening.userId,
        clientId: opening.clientId,
        createdAt: clock.now(),
        startedAt: opening.captureStartedAt + opening.startMs,
        endedAt: null,
        ranges: [
          {
            captureId: opening.captureId,
            captureStartedAt: opening.captureStartedAt,
            startMs: opening.startMs,
            endMs: opening.speechEndMs,
          },
        ],
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
      };
      await store.add(conversation);
      await onChange({ before: null, conversation, effects: [] });
      return conversation;
    },

    async extend(userId, id, speechEndMs) {
      await store.update(userId, id, (conversation) =>
        conversation.phase === 'open' ? withEnd(conversation, speechEndMs) : conversation,
      );
    },

    async close(userId, id, { reason, endMs, endedAt }) {
      let before: Conversation | null = null;
      let effects: readonly LifecycleEffect[] = [];
      const conversation = await store.update(userId, id, (current) => {
        before = current;
        const lifecycle = lifecycleOf(current);
        const step = reduceLifecycle(lifecycle, { type: 'close', reason });
        effects = step.effects;
        if (step.lifecycle === lifecycle) return current;
        return { ...withEnd(current, endMs), ...step.lifecycle, endedAt };
      });
      if (conversation) await onChange({ before, conversation, effects });
    },

    async advance({ userId, id, revision }, event, facts = {}) {
      let before: Conversation | null = null;
      let effects: readonly LifecycleEffect[] = [];
      const conversation = await store.update(userId, id, (current) => {
        before = current;
        if (current.revision !== revision) return current;
        const lifecycle = lifecycleOf(current);
        const step = reduceLifecycle(lifecycle, event);
        effects = step.effects;
        if (step.lifecycle === lifecycle) return current;
        const title = current.title ?? facts.title ?? null;
        return { ...current, ...step.lifecycle, ...facts, title };
      });
      if (conversation?.revision !== revision) return null;
      await onChange({ before, conversation, effects });
      return conversation;
    },

    async annotate(userId, id, notes) {
      let before: Conversation | null = null;
      const conversation = await store.update(userId, id, (current) => {
        before = current;
        return { ...current, ...notes };
      });
      if (conversation) await onChange({ before, conversation, effects: [] });
      return conversation;
    },

    async add({ conversation, transcript, effects }) {
      const known = await store.find(conversation.userId, conversation.id);
      if (known) return known;
      await store.add(conversation, transcript);
      await onChange({ before: null, conversation, effects });
      return conversation;
    },

    async addTranscript(version) {
      await store.addTranscript(version);
    },
  };
}

/** The part the machine moves, and nothing else: what it returns must not undo other changes. */
function lifecycleOf({ phase, closeReason, stages }: Conversation): Lifecycle {
  return { phase, closeReason, stages };
}

function withEnd(conversation: Conversation, endMs: number): Conversation {
  const last = conversation.ranges.at(-1);
  if (!last) return conversation;
  return {
    ...conversation,
    ranges: [
      ...conversation.ranges.slice(0, -1),
      { ...last, endMs: Math.max(last.startMs, endMs) },
    ],
  };
}
