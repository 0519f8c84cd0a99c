import {
  conversationIdSchema,
  editIdSchema,
  type ConversationId,
  type UserId,
} from '@friend-lite/contract';
import { totalMs, type Span } from '../audio/index.ts';
import { AppError, newUuid, type Clock } from '../base/index.ts';
import type { ConversationChange } from './conversations.ts';
import {
  closing,
  derive,
  moveMemories,
  sharedWords,
  type Derived,
  type RememberedWords,
  type Source,
} from './derived-words.ts';
import { owedEffects } from './lifecycle.ts';
import type {
  Conversation,
  ConversationStore,
  CroppedFiles,
  Edit,
  EditKind,
  EditStore,
  EditWrite,
  SpeechStore,
  Utterance,
} from './ports.ts';
import {
  areMergeable,
  lengthOf,
  mergeRanges,
  rangeTime,
  splitRanges,
  trimRanges,
} from './ranges.ts';
import { conversationSpeech, timelineOf } from './timeline.ts';

/**
 * Changes what closed conversations claim; what was recorded is never touched. Words and memories go along.
 *
 * Each refuses with `conversation_not_found`, `conversation_merged`, and while a conversation is open or its jobs
 * run with `conversation_busy`. Places and spans are ms from the start of the conversation.
 */
export interface Edits {
  /** The first part keeps the id. Throws `edit_out_of_range` where one of them would be empty. */
  split(
    userId: UserId,
    id: ConversationId,
    atMs: number,
  ): Promise<readonly [first: Conversation, second: Conversation]>;
  /**
   * The earliest keeps its id, and takes in the others. Throws `not_mergeable` for fewer than two, and
   * where they overlap in time, but for the 2 s that clocks may differ.
   *
   * @param kind `join` when nobody asked for it.
   */
  merge(
    userId: UserId,
    ids: readonly ConversationId[],
    kind?: Extract<EditKind, 'merge' | 'join'>,
  ): Promise<Conversation>;
  /**
   * Keeps what is between; Infinity is its end. Memories of words that are cut off stay. Throws
   * `edit_out_of_range` where nothing would be kept, or nothing cut off.
   */
  trim(userId: UserId, id: ConversationId, kept: Span): Promise<Conversation>;
  /**
   * Takes back the last edit that touched the conversation and was not taken back; returns all that it
   * restores. Throws `nothing_to_undo`, and `edit_superseded` where a later edit of another conversation
   * rests on it.
   */
  undo(userId: UserId, id: ConversationId): Promise<readonly Conversation[]>;
  /** Latest first. */
  history(userId: UserId, id: ConversationId): Promise<readonly Edit[]>;
}

export interface EditDeps {
  readonly store: Pick<ConversationStore, 'find' | 'findTranscript'>;
  readonly edits: EditStore;
  readonly speech: Pick<SpeechStore, 'regions'>;
  readonly memories: {
    listByConversation(userId: UserId, id: ConversationId): Promise<readonly RememberedWords[]>;
    removeByConversation(userId: UserId, id: ConversationId): Promise<unknown>;
  };
  readonly cropped: Pick<CroppedFiles, 'remove'>;
  /** Awaited after each write for each conversation that was changed: this is where jobs are enqueued. */
  readonly onChange: (change: ConversationChange) => Promise<void>;
  readonly clock: Clock;
}

/** Times cross the wire in whole ms: a place this near to the end is the end. */
const endToleranceMs = 1;

export function createEdits(deps: EditDeps): Edits {
  const { store, edits, clock } = deps;

  async function read(userId: UserId, id: ConversationId): Promise<Source> {
    const conversation = await store.find(userId, id);
    if (!conversation) throw new AppError('conversation_not_found');
    const { mergedInto, phase, activeTranscriptId } = conversation;
    if (mergedInto) throw new AppError('conversation_merged', { conversationId: mergedInto });
    if (phase !== 'closed') throw new AppError('conversation_busy');
    const [transcript, memories] = await Promise.all([
      activeTranscriptId ? store.findTranscript(userId, activeTranscriptId) : null,
      deps.memories.listByConversation(userId, id),
    ]);
    return { conversation, transcript, memories };
  }

  /** Writes, then has the cropped sound made anew of what is claimed now. */
  async function write(change: EditWrite): Promise<void> {
    if (!(await edits.write(change))) throw new AppError('conversation_busy');
    for (const { before, after } of change.conversations) {
      if (before) await deps.cropped.remove(before.userId, before.id);
      if (!after || after.mergedInto) continue;
      await deps.onChange({ before, conversation: after, effects: owedEffects(after) });
    }
  }

  function record(
    userId: UserId,
    kind: EditKind,
    sources: readonly Source[],
    made: readonly Derived[],
    rest: Pick<Edit, 'memories'> & { readonly mergedAway?: readonly Conversation[] },
  ): EditWrite {
    const before = sources.map(({ conversation }) => conversation);
    const after = [...made.map(({ conversation }) => conversation), ...(rest.mergedAway ?? [])];
    const addedTranscripts = made.flatMap(({ transcript }) => transcript ?? []);
    return {
      edit: {
        id: editIdSchema.parse(newUuid()),
        userId,
        kind,
        at: clock.now(),
        before,
        after,
        memories: rest.memories,
        transcriptIds: addedTranscripts.map(({ id }) => id),
        undoneAt: null,
      },
      conversations: after.map((conversation) => ({
        before: before.find(({ id }) => id === conversation.id) ?? null,
        after: conversation,
      })),
      addedTranscripts,
      removedTranscripts: [],
      memories: rest.memories,
    };
  }

  return {
    async split(userId, id, atMs) {
      const source = await read(userId, id);
      const { conversation } = source;
      const timeline = timelineOf(conversation);
      if (!(atMs > 0 && atMs < timeline.durationMs)) throw outOfRange(conversation);
      const [head, tail] = splitRanges(conversation.ranges, atMs);
      const isBefore = (span: Span) => middleOf(timeline.spanFromEpoch(span)) < atMs;
      const spoken = source.transcript?.utterances ?? [];
      const early = spoken.filter(isBefore);
      const late = spoken.filter((utterance) => !isBefore(utterance));
      const isLate = (memory: RememberedWords): boolean => {
        const [inEarly, inLate] = [sharedWords(memory, early), sharedWords(memory, late)];
        return inEarly === inLate
          ? timeline.fromEpoch(memory.provenance.startMs) >= atMs
          : inLate > inEarly;
      };
      const lateCount = source.memories.filter(isLate).length;
      const now = clock.now();
      const coverage = source.transcript?.coverage ?? 0;
      const first = derive(
        claiming(edited(conversation), head),
        [source],
        { utterances: early, coverage },
        source.memories.length - lateCount,
        now,
      );
      const newId = conversationIdSchema.parse(newUuid());
      const second = derive(
        {
          ...claiming(conversation, tail),
          id: newId,
          createdAt: now,
          revision: 0,
          summary: null,
        },
        [withoutTitle(source)],
        { utterances: late, coverage },
        lateCount,
        now,
      );
      const memories = moveMemories([source], (memory) => (isLate(memory) ? second : first));
      await write(record(userId, 'split', [source], [first, second], { memories }));
      return [first.conversation, second.conversation];
    },

    async merge(userId, ids, kind = 'merge') {
      const unique = [...new Set(ids)];
      const unsorted = await Promise.all(unique.map((id) => read(userId, id)));
      const sources = unsorted.sort((a, b) => a.conversation.startedAt - b.conversation.startedAt);
      const [first, ...others] = sources;
      const last = sources.at(-1);
      const ranges = mergeRanges(...sources.map(({ conversation }) => conversation.ranges));
      if (!first || !last || others.length === 0 || !areMergeable(ranges)) {
        throw new AppError('not_mergeable');
      }
      const shape: Conversation = {
        ...claiming(edited(first.conversation), ranges),
        endedAt: last.conversation.endedAt,
        closeReason: last.conversation.closeReason,
        isPinned: sources.some(({ conversation }) => conversation.isPinned),
      };
      const memoryCount = sources.reduce((sum, { memories }) => sum + memories.length, 0);
      const words = {
        utterances: sources
          .flatMap(({ transcript }) => transcript?.utterances ?? [])
          .sort((a, b) => a.startMs - b.startMs),
        coverage: await coverageOf(sources),
      };
      const whole = derive(shape, sources, words, memoryCount, clock.now());
      const mergedAway = others.map(({ conversation }) => ({
        ...edited(conversation),
        ranges: [],
        croppedSpans: null,
        memoryCount: 0,
        mergedInto: whole.conversation.id,
      }));
      const memories = moveMemories(sources, () => whole);
      await write(record(userId, kind, sources, [whole], { memories, mergedAway }));
      return whole.conversation;
    },

    async trim(userId, id, { startMs, endMs }) {
      const source = await read(userId, id);
      const { conversation } = source;
      const timeline = timelineOf(conversation);
      const { durationMs } = timeline;
      if (endMs !== Infinity && endMs > durationMs + endToleranceMs) throw outOfRange(conversation);
      const kept = { startMs, endMs: Math.min(endMs, durationMs) };
      const isWhole = kept.startMs === 0 && kept.endMs === durationMs;
      if (!(startMs >= 0 && startMs < kept.endMs) || isWhole) throw outOfRange(conversation);
      const isKept = (utterance: Utterance): boolean => {
        const middle = middleOf(timeline.spanFromEpoch(utterance));
        return middle >= kept.startMs && middle <= kept.endMs;
      };
      const utterances = (source.transcript?.utterances ?? []).filter(isKept);
      const trimmed = derive(
        claiming(edited(conversation), trimRanges(conversation.ranges, kept)),
        [source],
        { utterances, coverage: source.transcript?.coverage ?? 0 },
        source.memories.length,
        clock.now(),
      );
      const memories = moveMemories([source], (memory) =>
        sharedWords(memory, utterances) > 0 ? trimmed : null,
      );
      await write(record(userId, 'trim', [source], [trimmed], { memories }));
      return trimmed.conversation;
    },

    async undo(userId, id) {
      const edit = await lastStanding(edits, userId, id);
      if (!edit) throw new AppError('nothing_to_undo');
      const restored: { before: Conversation; after: Conversation | null }[] = [];
      for (const left of edit.after) {
        const current = await store.find(userId, left.id);
        if (current?.phase !== 'closed') throw new AppError('conversation_busy');
        if ((await lastStanding(edits, userId, left.id))?.id !== edit.id) {
          throw new AppError('edit_superseded', { conversationId: left.id });
        }
        const former = edit.before.find((conversation) => conversation.id === left.id);
        restored.push({
          before: current,
          after: former ? asBefore(former, left, current) : null,
        });
      }
      await write({
        edit: { ...edit, undoneAt: clock.now() },
        conversations: restored,
        addedTranscripts: [],
        removedTranscripts: edit.transcriptIds,
        memories: edit.memories.map(({ memoryId, from, to }) => ({ memoryId, from: to, to: from })),
      });
      for (const { before, after } of restored) {
        // Remembered since then, of a transcript that is gone with it.
        if (!after) await deps.memories.removeByConversation(userId, before.id);
      }
      return restored.flatMap(({ after }) => after ?? []);
    },

    history: (userId, id) => edits.list(userId, id),
  };

  /** Of the speech of all of them. */
  async function coverageOf(sources: readonly Source[]): Promise<number> {
    let [heardMs, spokenMs] = [0, 0];
    for (const { conversation, transcript } of sources) {
      const speechMs = totalMs(await conversationSpeech(deps.speech, conversation));
      spokenMs += speechMs;
      heardMs += speechMs * (transcript?.coverage ?? 0);
    }
    return spokenMs === 0 ? 1 : heardMs / spokenMs;
  }
}

/** The last edit of the conversation that was not undone. */
async function lastStanding(
  edits: Pick<EditStore, 'list'>,
  userId: UserId,
  id: ConversationId,
): Promise<Edit | null> {
  return (await edits.list(userId, id)).find(({ undoneAt }) => undoneAt === null) ?? null;
}

/** As it was before an edit; what a person called or pinned since then stays. */
function asBefore(former: Conversation, left: Conversation, current: Conversation): Conversation {
  return {
    ...closing(former, former.stages),
    revision: current.revision + 1,
    title: current.title === left.title ? former.title : current.title,
    isPinned: current.isPinned === left.isPinned ? former.isPinned : current.isPinned,
  };
}

function edited(conversation: Conversation): Conversation {
  return { ...conversation, revision: conversation.revision + 1 };
}

/** With other ranges; its end stays where they end where they did. */
function claiming(conversation: Conversation, ranges: Conversation['ranges']): Conversation {
  const [first, last, formerLast] = [ranges[0], ranges.at(-1), conversation.ranges.at(-1)];
  const isSameEnd = last?.captureId === formerLast?.captureId && last?.endMs === formerLast?.endMs;
  return {
    ...conversation,
    ranges,
    startedAt: first ? rangeTime(first).startMs : conversation.startedAt,
    endedAt: isSameEnd || !last ? conversation.endedAt : rangeTime(last).endMs,
  };
}

/** The title a person gave stays with the first part. */
function withoutTitle(source: Source): Source {
  return { ...source, conversation: { ...source.conversation, title: null } };
}

function outOfRange({ ranges }: Conversation): AppError {
  return new AppError('edit_out_of_range', { durationSeconds: lengthOf(ranges) / 1000 });
}

function middleOf({ startMs, endMs }: Span): number {
  return (startMs + endMs) / 2;
}
