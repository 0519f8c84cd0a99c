import {
  transcriptVersionIdSchema,
  type ConversationId,
  type MemoryId,
  type TranscriptVersionId,
  type UtteranceId,
} from '@friend-lite/contract';
import { newUuid } from '../base/index.ts';
import type { TranscriptVerdict } from './lifecycle.ts';
import type { Conversation, MemoryMove, TranscriptVersion, Utterance } from './ports.ts';
import { initialStages, isSettled, stageNames, type Stage, type Stages } from './stages.ts';
import { titleOf } from './title.ts';

/** The words of edited conversations, made of the words they had: nothing is recognised anew. */

/** What is known of a memory here: what it was made of. */
export interface RememberedWords {
  readonly id: MemoryId;
  readonly provenance: {
    readonly conversationId: ConversationId;
    readonly transcriptVersionId: TranscriptVersionId;
    readonly utteranceIds: readonly UtteranceId[];
    /** Epoch ms. */
    readonly startMs: number;
  };
  /** Its words are cut off. */
  readonly isHidden: boolean;
}

/** Whether words are worth reading. */
export type WordsVerdict = (text: string) => TranscriptVerdict;

/** A conversation before an edit, with its active words and what was remembered of it. */
export interface Source {
  readonly conversation: Conversation;
  /** Null when transcription failed for good. */
  readonly transcript: TranscriptVersion | null;
  readonly memories: readonly RememberedWords[];
}

/** A conversation after an edit. */
export interface Derived {
  readonly conversation: Conversation;
  /** Null when none of its sources was transcribed. */
  readonly transcript: TranscriptVersion | null;
}

/**
 * Gives a conversation that claims something new its words, and what follows of them. Where transcription of a
 * source failed for good, it is tried again for the whole; until then there are the words of the others.
 *
 * @param shape its claim and identity; its other fields are of the first source.
 * @param words of all sources, in time order; `coverage` is their share of its speech, `memoryCount` how many
 *   memories it has.
 */
export function derive(
  shape: Conversation,
  sources: readonly Source[],
  words: {
    readonly utterances: readonly Utterance[];
    readonly coverage: number;
    readonly memoryCount: number;
  },
  { now, judge }: { readonly now: number; readonly judge: WordsVerdict },
): Derived {
  const versions = sources.flatMap(({ transcript }) => transcript ?? []);
  const [first] = versions;
  const title = titleGiven(sources);
  const { utterances, coverage, memoryCount } = words;
  if (!first) {
    return {
      conversation: {
        ...closing(shape, initialStages),
        title,
        summary: null,
        activeTranscriptId: null,
        utteranceCount: 0,
        memoryCount,
        coverage: null,
      },
      transcript: null,
    };
  }
  const verdict = judge(utterances.map(({ text }) => text).join(' '));
  const outcome = verdict === 'silence' ? 'silence' : 'words';
  const transcript: TranscriptVersion = {
    id: transcriptVersionIdSchema.parse(newUuid()),
    conversationId: shape.id,
    userId: shape.userId,
    provider: namesOf(versions.map(({ provider }) => provider)),
    model: namesOf(versions.map(({ model }) => model)),
    createdAt: now,
    outcome,
    coverage,
    utterances,
  };
  const stages: Stages =
    versions.length < sources.length
      ? initialStages
      : {
          transcribe: { state: 'done', outcome },
          extractMemories: memoryStage(sources, memoryCount, verdict),
          cropAudio: { state: 'pending' },
        };
  return {
    conversation: {
      ...closing(shape, stages),
      title: title ?? titleOf(utterances),
      activeTranscriptId: transcript.id,
      utteranceCount: utterances.length,
      memoryCount,
      coverage,
    },
    transcript,
  };
}

/** Without its cropped sound, which is to be made anew. */
export function closing(conversation: Conversation, stages: Stages): Conversation {
  return {
    ...conversation,
    phase: 'closing',
    stages: { ...stages, cropAudio: { state: 'pending' } },
    croppedSpans: null,
  };
}

/** Closed when no stage is left to run. */
export function withStages(conversation: Conversation, stages: Stages): Conversation {
  const isClosed = stageNames.every((name) => isSettled(stages[name]));
  return { ...conversation, stages, phase: isClosed ? 'closed' : 'closing' };
}

/** Where each memory of the sources goes. It stays with its version where none of its words is in the new one. */
export function moveMemories(
  sources: readonly Source[],
  placeOf: (memory: RememberedWords) => { readonly in: Derived; readonly isHidden: boolean },
): readonly MemoryMove[] {
  return sources.flatMap(({ memories }) =>
    memories.map((memory): MemoryMove => {
      const { in: place, isHidden } = placeOf(memory);
      const { conversationId, transcriptVersionId } = memory.provenance;
      const isInWords = sharedWords(memory, place.transcript?.utterances ?? []) > 0;
      return {
        memoryId: memory.id,
        from: { conversationId, transcriptVersionId, isHidden: memory.isHidden },
        to: {
          conversationId: place.conversation.id,
          transcriptVersionId:
            isInWords && place.transcript ? place.transcript.id : transcriptVersionId,
          isHidden,
        },
      };
    }),
  );
}

/** How many of the words a memory was made of are among these. */
export function sharedWords(
  { provenance }: RememberedWords,
  utterances: readonly Pick<Utterance, 'id'>[],
): number {
  const made = new Set(provenance.utteranceIds);
  return utterances.filter(({ id }) => made.has(id)).length;
}

/** The first title that a person gave: one that is not made of the words. */
function titleGiven(sources: readonly Source[]): string | null {
  const given = sources.find(
    ({ conversation, transcript }) =>
      conversation.title !== null && conversation.title !== titleOf(transcript?.utterances ?? []),
  );
  return given?.conversation.title ?? null;
}

/** Memories went with their words; what was never read, or could not be, is read now. */
function memoryStage(
  sources: readonly Source[],
  memoryCount: number,
  verdict: TranscriptVerdict,
): Stage {
  const isRead = sources.every(({ conversation: { stages } }) => {
    const { extractMemories: stage } = stages;
    return stage.state === 'done' || (stage.state === 'skipped' && stage.reason === 'no-words');
  });
  if (verdict === 'words' && !isRead) return { state: 'pending' };
  if (memoryCount > 0) return { state: 'done', outcome: 'memories' };
  if (verdict === 'silence') return { state: 'skipped', reason: 'no-words' };
  return isRead
    ? { state: 'done', outcome: 'nothing-to-remember' }
    : { state: 'skipped', reason: 'transcript-too-short' };
}

function namesOf(names: readonly string[]): string {
  return [...new Set(names)].join(' + ');
}
