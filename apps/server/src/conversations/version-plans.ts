import {
  transcriptVersionIdSchema,
  type TranscriptVersionId,
  type UtteranceId,
} from '@friend-lite/contract';
import { AppError, newUuid } from '../base/index.ts';
import { sharedWords, withStages, type RememberedWords, type Source } from './derived-words.ts';
import type { EditPlan, Making } from './edit-plans.ts';
import type { Conversation, MemoryMove, TranscriptVersion } from './ports.ts';
import type { Stage } from './stages.ts';
import { timelineOf } from './timeline.ts';
import { titleOf } from './title.ts';

/** Times of versions and of ranges are rounded differently. */
const toleranceMs = 1000;

/**
 * Another version is the active one: its memories are seen and those of other versions are not, and where it was never read
 * it is read now. Throws `transcript_of_other_range` for one that was made before its conversation became shorter.
 */
export function planActivation(
  source: Source,
  version: TranscriptVersion,
  making: Making,
): EditPlan {
  if (!fits(source.conversation, version)) throw new AppError('transcript_of_other_range');
  const isHidden = (memory: RememberedWords): boolean =>
    memory.provenance.transcriptVersionId !== version.id;
  const isRead = source.memories.some((memory) => !isHidden(memory));
  return withWords(source, version, [], isHidden, isRead, making);
}

/**
 * Words are corrected, which makes a new version. What was remembered of them is found anew; utterances keep their ids, and
 * so their speakers. Throws `segment_not_found` where there is no such utterance.
 *
 * @param texts the new text of each; an empty one removes the utterance.
 */
export function planCorrection(
  source: Source,
  texts: ReadonlyMap<UtteranceId, string>,
  making: Making,
): EditPlan {
  const { transcript } = source;
  if (!transcript) throw new AppError('transcript_not_found');
  const known = new Set(transcript.utterances.map(({ id }) => id));
  if ([...texts.keys()].some((id) => !known.has(id))) throw new AppError('segment_not_found');
  const utterances = transcript.utterances
    .map((utterance) => {
      const text = texts.get(utterance.id) ?? utterance.text;
      return text === utterance.text ? utterance : { ...utterance, text, words: [] };
    })
    .filter(({ text }) => text.trim() !== '');
  const version: TranscriptVersion = {
    ...transcript,
    id: transcriptVersionIdSchema.parse(newUuid()),
    provider: byHand(transcript.provider),
    createdAt: making.now,
    outcome: utterances.length > 0 ? 'words' : 'silence',
    utterances,
  };
  const corrected = transcript.utterances.filter(({ id }) => texts.has(id));
  const isHidden = (memory: RememberedWords): boolean =>
    memory.isHidden || sharedWords(memory, corrected) > 0;
  return withWords(source, version, [version], isHidden, false, making);
}

function withWords(
  source: Source,
  version: TranscriptVersion,
  added: readonly TranscriptVersion[],
  isHidden: (memory: RememberedWords) => boolean,
  isRead: boolean,
  { judge }: Making,
): EditPlan {
  const { conversation, transcript, memories } = source;
  const shown = memories.filter((memory) => !isHidden(memory));
  const verdict = judge(version.utterances.map(({ text }) => text).join(' '));
  const hasOwnTitle = conversation.title !== titleOf(transcript?.utterances ?? []);
  const changed: Conversation = {
    ...withStages(conversation, {
      ...conversation.stages,
      transcribe: { state: 'done', outcome: version.outcome },
      extractMemories: readingOf(verdict, isRead),
    }),
    revision: conversation.revision + 1,
    title: hasOwnTitle ? conversation.title : titleOf(version.utterances),
    activeTranscriptId: version.id,
    utteranceCount: version.utterances.length,
    coverage: version.coverage,
    memoryCount: shown.length,
  };
  return {
    made: [changed],
    mergedAway: [],
    added,
    memories: memories.map((memory) => moved(memory, version.id, added, isHidden(memory))),
  };
}

/** A memory goes along to a version that was made of its own. */
function moved(
  { id: memoryId, provenance, isHidden: wasHidden }: RememberedWords,
  versionId: TranscriptVersionId,
  added: readonly TranscriptVersion[],
  isHidden: boolean,
): MemoryMove {
  const { conversationId, transcriptVersionId } = provenance;
  const from = { conversationId, transcriptVersionId, isHidden: wasHidden };
  const isMovedOn = added.length > 0 && !isHidden;
  const to = { ...from, isHidden, ...(isMovedOn ? { transcriptVersionId: versionId } : {}) };
  return { memoryId, from, to };
}

function readingOf(verdict: 'words' | 'too-short' | 'silence', isRead: boolean): Stage {
  if (isRead) return { state: 'done', outcome: 'memories' };
  if (verdict === 'words') return { state: 'pending' };
  return { state: 'skipped', reason: verdict === 'silence' ? 'no-words' : 'transcript-too-short' };
}

/** Whether all it says was said in what the conversation claims. */
function fits(conversation: Conversation, { utterances }: TranscriptVersion): boolean {
  const timeline = timelineOf(conversation);
  return utterances.every((utterance) => {
    const { startMs, endMs } = timeline.spanToEpoch(timeline.spanFromEpoch(utterance));
    const middleMs = (utterance.startMs + utterance.endMs) / 2;
    return middleMs >= startMs - toleranceMs && middleMs <= endMs + toleranceMs;
  });
}

function byHand(provider: string): string {
  return provider.endsWith('hand') ? provider : `${provider}+hand`;
}
