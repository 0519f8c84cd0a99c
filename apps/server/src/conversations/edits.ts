import { isDeepStrictEqual } from 'node:util';
import {
  editIdSchema,
  type ConversationId,
  type MemoryId,
  type TranscriptVersionId,
  type UserId,
  type UtteranceId,
} from '@friend-lite/contract';
import { totalMs, type Span } from '../audio/index.ts';
import { AppError, newUuid, type Clock } from '../base/index.ts';
import type { ConversationChange } from './conversations.ts';
import {
  closing,
  withStages,
  type RememberedWords,
  type Source,
  type WordsVerdict,
} from './derived-words.ts';
import { planMerge, planSplit, planTrim, type EditPlan, type Making } from './edit-plans.ts';
import { isEditable, owedEffects } from './lifecycle.ts';
import type { People } from './people.ts';
import type {
  Conversation,
  ConversationStore,
  CroppedFiles,
  Edit,
  EditKind,
  EditStore,
  EditWrite,
  SpeechStore,
} from './ports.ts';
import { conversationSpeech } from './timeline.ts';
import { planActivation, planCorrection } from './version-plans.ts';

/**
 * Changes what closed conversations claim; what was recorded is never touched. Words and memories go along.
 *
 * Each refuses with `conversation_not_found`, `conversation_merged`, and while a conversation is open or a job of it
 * runs with `conversation_busy`; what changes sound, with `no_sound` where there are words alone. Places and spans are ms from the start of the conversation.
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
   * Keeps what is between; Infinity is its end. Memories of words that are cut off are out of sight while the
   * edit stands. Throws `edit_out_of_range` where nothing would be kept, or nothing cut off.
   */
  trim(userId: UserId, id: ConversationId, kept: Span): Promise<Conversation>;
  /**
   * Makes another version of its words the active one, with what was remembered of that. Throws `transcript_not_found`, and
   * `transcript_of_other_range` for one that was made of sound it does not claim any more.
   */
  activate(
    userId: UserId,
    id: ConversationId,
    versionId: TranscriptVersionId,
  ): Promise<Conversation>;
  /**
   * Corrects what utterances say, as a new version; an empty text removes one. Throws `transcript_not_found` and
   * `segment_not_found`.
   */
  correct(
    userId: UserId,
    id: ConversationId,
    texts: ReadonlyMap<UtteranceId, string>,
  ): Promise<Conversation>;
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
    placesOf(userId: UserId, id: ConversationId): Promise<readonly RememberedWords[]>;
  };
  readonly cropped: Pick<CroppedFiles, 'remove'>;
  readonly people: Pick<People, 'carryOver'>;
  readonly judge: WordsVerdict;
  /** Awaited after each write for each conversation that was changed: this is where jobs are enqueued. */
  readonly onChange: (change: ConversationChange) => Promise<void>;
  readonly clock: Clock;
}

export function createEdits(deps: EditDeps): Edits {
  const { store, edits, clock } = deps;

  async function read(
    userId: UserId,
    id: ConversationId,
    needs: 'sound' | 'words',
  ): Promise<Source> {
    const conversation = await store.find(userId, id);
    if (!conversation) throw new AppError('conversation_not_found');
    const { mergedInto, activeTranscriptId } = conversation;
    if (mergedInto) throw new AppError('conversation_merged', { conversationId: mergedInto });
    if (!isEditable(conversation)) throw new AppError('conversation_busy');
    if (needs === 'sound' && conversation.ranges.length === 0) throw new AppError('no_sound');
    const [transcript, memories] = await Promise.all([
      activeTranscriptId ? store.findTranscript(userId, activeTranscriptId) : null,
      deps.memories.placesOf(userId, id),
    ]);
    return { conversation, transcript, memories };
  }

  /** Writes, then has the cropped sound made anew of what is claimed now. */
  async function write(change: EditWrite): Promise<void> {
    if (!(await edits.write(change))) throw new AppError('conversation_busy');
    for (const { before, after } of change.conversations) {
      if (before && !after?.croppedSpans) await deps.cropped.remove(before.userId, before.id);
      if (!after || after.mergedInto) continue;
      await deps.onChange({ before, conversation: after, effects: owedEffects(after) });
    }
  }

  /** Writes what was planned, as one edit. */
  async function carryOut(
    kind: EditKind,
    sources: readonly Source[],
    plan: EditPlan<readonly Conversation[]>,
  ): Promise<void> {
    const before = sources.map(({ conversation }) => conversation);
    const after = [...plan.made, ...plan.mergedAway];
    const [first] = after;
    if (!first) throw new Error('an edit leaves something');
    await write({
      edit: {
        id: editIdSchema.parse(newUuid()),
        userId: first.userId,
        kind,
        at: clock.now(),
        before,
        after,
        memories: plan.memories,
        transcriptIds: plan.added.map(({ id }) => id),
        undoneAt: null,
      },
      conversations: after.map((conversation) => ({
        before: before.find(({ id }) => id === conversation.id) ?? null,
        after: conversation,
      })),
      addedTranscripts: plan.added,
      removedTranscripts: [],
      memories: plan.memories,
      removedMemories: [],
    });
  }

  const making = (): Making => ({ now: clock.now(), judge: deps.judge });

  return {
    async split(userId, id, atMs) {
      const source = await read(userId, id, 'sound');
      const plan = planSplit(source, atMs, making());
      await carryOut('split', [source], plan);
      return plan.made;
    },

    async merge(userId, ids, kind = 'merge') {
      const sources = await Promise.all([...new Set(ids)].map((id) => read(userId, id, 'sound')));
      const plan = planMerge(sources, await coverageOf(sources), making());
      await carryOut(kind, sources, plan);
      return plan.made[0];
    },

    async trim(userId, id, kept) {
      const source = await read(userId, id, 'sound');
      const plan = planTrim(source, kept, making());
      await carryOut('trim', [source], plan);
      return plan.made[0];
    },

    async activate(userId, id, versionId) {
      const source = await read(userId, id, 'words');
      const version = await store.findTranscript(userId, versionId);
      if (version?.conversationId !== id) throw new AppError('transcript_not_found');
      if (source.conversation.activeTranscriptId === versionId) return source.conversation;
      const plan = planActivation(source, version, making());
      const spoken = source.transcript?.utterances ?? [];
      await deps.people.carryOver(userId, spoken, version.utterances);
      await carryOut('activate', [source], plan);
      return plan.made[0];
    },

    async correct(userId, id, texts) {
      const source = await read(userId, id, 'words');
      const plan = planCorrection(source, texts, making());
      await carryOut('correct', [source], plan);
      return plan.made[0];
    },

    async undo(userId, id) {
      const edit = await lastStanding(edits, userId, id);
      if (!edit) throw new AppError('nothing_to_undo');
      const restored: { before: Conversation; after: Conversation | null }[] = [];
      const removedMemories: MemoryId[] = [];
      for (const left of edit.after) {
        const current = await store.find(userId, left.id);
        if (!current || !isEditable(current)) throw new AppError('conversation_busy');
        if ((await lastStanding(edits, userId, left.id))?.id !== edit.id) {
          throw new AppError('edit_superseded', { conversationId: left.id });
        }
        const former = edit.before.find((conversation) => conversation.id === left.id);
        restored.push({
          before: current,
          after: former ? asBefore(former, left, current) : null,
        });
        removedMemories.push(...(await rememberedSince(edit, left)));
      }
      await write({
        edit: { ...edit, undoneAt: clock.now() },
        conversations: restored,
        addedTranscripts: [],
        removedTranscripts: edit.transcriptIds,
        memories: edit.memories.map(({ memoryId, from, to }) => ({ memoryId, from: to, to: from })),
        removedMemories,
      });
      return restored.flatMap(({ after }) => after ?? []);
    },

    history: (userId, id) => edits.list(userId, id),
  };

  /** What was remembered, since the edit, of words that are gone when it is taken back. */
  async function rememberedSince(edit: Edit, left: Conversation): Promise<readonly MemoryId[]> {
    const isMade = !edit.before.some(({ id }) => id === left.id);
    const moved = new Set(edit.memories.map(({ memoryId }) => memoryId));
    const versions = new Set([...edit.transcriptIds, ...activatedBy(edit)]);
    const memories = await deps.memories.placesOf(left.userId, left.id);
    return memories
      .filter(({ id, provenance }) => {
        const { transcriptVersionId } = provenance;
        return !moved.has(id) && (isMade || versions.has(transcriptVersionId));
      })
      .map(({ id }) => id);
  }

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

/** The version that was there before, and that the edit made the active one. */
function activatedBy({ kind, after }: Edit): readonly TranscriptVersionId[] {
  return kind === 'activate'
    ? after.flatMap(({ activeTranscriptId }) => activeTranscriptId ?? [])
    : [];
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
  const { croppedSpans, stages } = current;
  const isSameSound = isDeepStrictEqual(former.ranges, current.ranges);
  return {
    ...(isSameSound
      ? withStages({ ...former, croppedSpans }, { ...former.stages, cropAudio: stages.cropAudio })
      : closing(former, former.stages)),
    revision: current.revision + 1,
    title: current.title === left.title ? former.title : current.title,
    isPinned: current.isPinned === left.isPinned ? former.isPinned : current.isPinned,
  };
}
