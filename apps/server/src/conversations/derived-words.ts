import {
  transcriptVersionIdSchema,
  type ConversationId,
  type MemoryId,
  type TranscriptVersionId,
  type UtteranceId,
} from '@friend-lite/contract';
import { newUuid } from '../base/index.ts';
import type { Conversation, MemoryMove, TranscriptVersion, Utterance } from './ports.ts';
import { initialStages, type Stage, type Stages } from './stages.ts';
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
}

/** A conversation before an edit, with its active words and what was remembered of them. */
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
 * @param words of all sources, in time order; `coverage` is their share of its speech.
 */
export function derive(
  shape: Conversation,
  sources: readonly Source[],
  words: { readonly utterances: readonly Utterance[]; readonly coverage: number },
  memoryCount: number,
  now: number,
): Derived {
  const versions = sources.flatMap(({ transcript }) => transcript ?? []);
  const [first] = versions;
  const title = titleGiven(sources);
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
  const { utterances, coverage } = words;
  const outcome = utterances.length > 0 ? 'words' : 'silence';
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
          extractMemories: memoryStage(sources, memoryCount, outcome),
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

/** Where each memory of the sources goes; those that `placeOf` leaves alone are not moved. */
export function moveMemories(
  sources: readonly Source[],
  placeOf: (memory: RememberedWords) => Derived | null,
): readonly MemoryMove[] {
  return sources.flatMap(({ memories }) =>
    memories.flatMap((memory): MemoryMove[] => {
      const place = placeOf(memory);
      if (!place) return [];
      const { conversationId, transcriptVersionId } = memory.provenance;
      return [
        {
          memoryId: memory.id,
          from: { conversationId, transcriptVersionId },
          to: {
            conversationId: place.conversation.id,
            transcriptVersionId: place.transcript?.id ?? transcriptVersionId,
          },
        },
      ];
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

function memoryStage(
  sources: readonly Source[],
  memoryCount: number,
  outcome: TranscriptVersion['outcome'],
): Stage {
  const stages = sources.map(({ conversation }) => conversation.stages.extractMemories);
  const failed = stages.find(({ state }) => state === 'failed');
  if (memoryCount > 0) return failed ?? { state: 'done', outcome: 'memories' };
  if (outcome === 'silence') return { state: 'skipped', reason: 'no-words' };
  if (failed) return failed;
  const isRead = stages.some(({ state }) => state === 'done');
  return isRead
    ? { state: 'done', outcome: 'nothing-to-remember' }
    : { state: 'skipped', reason: 'transcript-too-short' };
}

function namesOf(names: readonly string[]): string {
  return [...new Set(names)].join(' + ');
}
