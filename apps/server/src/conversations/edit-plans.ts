import { conversationIdSchema } from '@friend-lite/contract';
import type { Span } from '../audio/index.ts';
import { AppError, newUuid } from '../base/index.ts';
import {
  derive,
  moveMemories,
  sharedWords,
  type Derived,
  type RememberedWords,
  type Source,
  type WordsVerdict,
} from './derived-words.ts';
import type { Conversation, MemoryMove, TranscriptVersion, Utterance } from './ports.ts';
import {
  areMergeable,
  lengthOf,
  mergeRanges,
  rangeTime,
  splitRanges,
  trimRanges,
} from './ranges.ts';
import { timelineOf } from './timeline.ts';

/** What an edit makes of its sources, as plain data; nothing is written here. */
export interface EditPlan<Made extends readonly Conversation[] = readonly [Conversation]> {
  readonly made: Made;
  /** Those that are now part of another. */
  readonly mergedAway: readonly Conversation[];
  /** New versions of their words. */
  readonly added: readonly TranscriptVersion[];
  readonly memories: readonly MemoryMove[];
}

/** What a plan is made with. */
export interface Making {
  /** Epoch ms. */
  readonly now: number;
  readonly judge: WordsVerdict;
}

/** Times cross the wire in whole ms: a place this near to the end is the end. */
const endToleranceMs = 1;

/** The first part keeps the id. Throws `edit_out_of_range` where a part would be empty. */
export function planSplit(
  source: Source,
  atMs: number,
  making: Making,
): EditPlan<readonly [first: Conversation, second: Conversation]> {
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
  const coverage = source.transcript?.coverage ?? 0;
  const first = derive(
    claiming(edited(conversation), head),
    [source],
    {
      utterances: early,
      coverage,
      memoryCount: visible(source).filter((memory) => !isLate(memory)).length,
    },
    making,
  );
  const second = derive(
    {
      ...claiming(conversation, tail),
      id: conversationIdSchema.parse(newUuid()),
      createdAt: making.now,
      revision: 0,
      summary: null,
    },
    [withoutTitle(source)],
    { utterances: late, coverage, memoryCount: visible(source).filter(isLate).length },
    making,
  );
  const memories = moveMemories([source], (memory) => ({
    in: isLate(memory) ? second : first,
    isHidden: memory.isHidden,
  }));
  const made = [first.conversation, second.conversation] as const;
  return { made, mergedAway: [], added: wordsOf(first, second), memories };
}

/**
 * The earliest takes in the others. Throws `not_mergeable` for fewer than two, and where they overlap.
 *
 * @param coverage of the speech of all of them, 0..1.
 */
export function planMerge(unsorted: readonly Source[], coverage: number, making: Making): EditPlan {
  const sources = unsorted.toSorted((a, b) => a.conversation.startedAt - b.conversation.startedAt);
  const [first, ...others] = sources;
  const last = sources.at(-1);
  const ranges = mergeRanges(...sources.map(({ conversation }) => conversation.ranges));
  if (!first || !last || others.length === 0 || !areMergeable(ranges)) {
    throw new AppError('not_mergeable');
  }
  const whole = derive(
    {
      ...claiming(edited(first.conversation), ranges),
      endedAt: last.conversation.endedAt,
      closeReason: last.conversation.closeReason,
      isPinned: sources.some(({ conversation }) => conversation.isPinned),
    },
    sources,
    {
      utterances: joinedWords(sources),
      coverage,
      memoryCount: sources.flatMap(visible).length,
    },
    making,
  );
  const mergedAway = others.map(({ conversation }): Conversation => ({
    ...edited(conversation),
    phase: 'closed',
    ranges: [],
    croppedSpans: null,
    memoryCount: 0,
    mergedInto: whole.conversation.id,
  }));
  const memories = moveMemories(sources, ({ isHidden }) => ({ in: whole, isHidden }));
  return { made: [whole.conversation], mergedAway, added: wordsOf(whole), memories };
}

/**
 * Keeps what is between, Infinity being the end; memories of which no word is kept are hidden. Throws
 * `edit_out_of_range` where nothing would be kept, or nothing cut off.
 */
export function planTrim(source: Source, { startMs, endMs }: Span, making: Making): EditPlan {
  const { conversation } = source;
  const timeline = timelineOf(conversation);
  const { durationMs } = timeline;
  if (endMs !== Infinity && endMs > durationMs + endToleranceMs) throw outOfRange(conversation);
  const kept = { startMs, endMs: Math.min(endMs, durationMs) };
  const isWhole = kept.startMs === 0 && kept.endMs === durationMs;
  if (!(startMs >= 0 && startMs < kept.endMs) || isWhole) throw outOfRange(conversation);
  const isWithin = (placeMs: number) => placeMs >= kept.startMs && placeMs <= kept.endMs;
  const isKept = (utterance: Utterance): boolean =>
    isWithin(middleOf(timeline.spanFromEpoch(utterance)));
  const spoken = source.transcript?.utterances ?? [];
  const utterances = spoken.filter(isKept);
  const isHidden = (memory: RememberedWords): boolean => {
    if (memory.isHidden) return true;
    // Made of the words of another version, it goes by its time.
    return sharedWords(memory, spoken) > 0
      ? sharedWords(memory, utterances) === 0
      : !isWithin(timeline.fromEpoch(memory.provenance.startMs));
  };
  const trimmed = derive(
    claiming(edited(conversation), trimRanges(conversation.ranges, kept)),
    [source],
    {
      utterances,
      coverage: source.transcript?.coverage ?? 0,
      memoryCount: source.memories.filter((memory) => !isHidden(memory)).length,
    },
    making,
  );
  const memories = moveMemories([source], (memory) => ({
    in: trimmed,
    isHidden: isHidden(memory),
  }));
  return { made: [trimmed.conversation], mergedAway: [], added: wordsOf(trimmed), memories };
}

function wordsOf(...made: readonly Derived[]): readonly TranscriptVersion[] {
  return made.flatMap(({ transcript }) => transcript ?? []);
}

/** In time order. `Speaker 1` of one transcript is nobody in particular in another. */
function joinedWords(sources: readonly Source[]): readonly Utterance[] {
  const versions = sources.flatMap(({ transcript }) => transcript ?? []);
  const names = new Map<string, string>();
  const nameOf = (version: number, speaker: string): string => {
    const key = `${version}:${speaker}`;
    const name = names.get(key) ?? `Speaker ${names.size + 1}`;
    names.set(key, name);
    return name;
  };
  return versions
    .flatMap(({ utterances }, index) => utterances.map((utterance) => ({ index, utterance })))
    .sort((a, b) => a.utterance.startMs - b.utterance.startMs)
    .map(({ index, utterance }) => {
      const { speaker } = utterance;
      return speaker === null || versions.length < 2
        ? utterance
        : { ...utterance, speaker: nameOf(index, speaker) };
    });
}

function visible({ memories }: Source): readonly RememberedWords[] {
  return memories.filter(({ isHidden }) => !isHidden);
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
