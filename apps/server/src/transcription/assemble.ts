import { complement, mergeSpans, overlapping, type Span } from '../audio/index.ts';
import { measureCoverage } from './coverage.ts';
import { guardUtterances, nearSpeech, type GuardVerdict } from './guards.ts';
import { placePiece, type PlacedPiece } from './pieces.ts';
import type { HeardUtterance } from './ports.ts';

/** A transcript made of what was heard. Times as those of the pieces. */
export interface AssembledTranscript {
  /** Names of the engines that heard some of it, joined with `+`. */
  readonly provider: string;
  readonly model: string;
  /** In time order; speakers are `Speaker 1`, `Speaker 2`, … in the order they first speak. */
  readonly utterances: readonly HeardUtterance[];
  /** Share of the speech that was heard, 0..1. */
  readonly coverage: number;
  /** Why utterances were left out. */
  readonly dropped: readonly Exclude<GuardVerdict['kind'], 'plausible'>[];
}

/** What was heard live counts first. */
const passes = ['live', 'batch'] as const satisfies readonly PlacedPiece['pass'][];
/** A pause that ends what somebody says in one go, ms. */
const sentencePauseMs = 1200;
/** Longest utterance that is made of several, ms. */
const longestJoinedMs = 30_000;
const endsSentence = /[.!?…。！？]["'”’)]*$/u;

/**
 * Puts pieces together, each moment once: where they overlap, what was heard live stands, and of two of a kind the earlier one.
 *
 * @param speech where speech was detected, on the timeline of the pieces.
 */
export function assembleTranscript(
  pieces: readonly PlacedPiece[],
  speech: readonly Span[],
  skipPattern: RegExp | null,
): AssembledTranscript {
  const parts = withoutOverlap(pieces);
  const heard = parts
    .flatMap(({ pass, utterances }) => utterances.map((utterance) => ({ pass, utterance })))
    .sort((a, b) => a.utterance.startMs - b.utterance.startMs);
  const { kept, dropped } = guardUtterances(joinFragments(heard), {
    nearSpeech: nearSpeech(speech),
    skipPattern,
  });
  return {
    provider: namesOf(parts.map(({ provider }) => provider)) || 'voice-activity',
    model: namesOf(parts.map(({ model }) => model)) || 'none',
    utterances: withSpeakerNames(kept),
    coverage: measureCoverage(speech, parts).share,
    dropped: dropped.flatMap(({ verdict }) => (verdict.kind === 'plausible' ? [] : verdict.kind)),
  };
}

/** Cut so that no two of them share time, in time order. */
function withoutOverlap(pieces: readonly PlacedPiece[]): readonly PlacedPiece[] {
  let taken: readonly Span[] = [];
  const parts = passes.flatMap((pass) => {
    const heard = pieces
      .filter((piece) => piece.pass === pass)
      .sort((a, b) => a.startMs - b.startMs);
    const cut = withoutShared(heard, taken);
    taken = mergeSpans([...taken, ...heard]);
    return cut;
  });
  return parts.sort((a, b) => a.startMs - b.startMs);
}

/** Pieces in order of their start, without the time that is taken or that an earlier one has. */
function withoutShared(
  pieces: readonly PlacedPiece[],
  taken: readonly Span[],
): readonly PlacedPiece[] {
  let untilMs = -Infinity;
  return pieces.flatMap((piece) => {
    const own = { startMs: Math.max(untilMs, piece.startMs), endMs: piece.endMs };
    untilMs = Math.max(untilMs, piece.endMs);
    const free = complement(overlapping(taken, own), own);
    return free.flatMap((span) => placePiece(piece, span, 0) ?? []);
  });
}

interface Heard extends Pick<PlacedPiece, 'pass'> {
  readonly utterance: HeardUtterance;
}

/** Live engines make words final a few at a time; those of one sentence belong together. */
function joinFragments(heard: readonly Heard[]): readonly HeardUtterance[] {
  const joined: HeardUtterance[] = [];
  let lastPass: PlacedPiece['pass'] | null = null;
  for (const { pass, utterance } of heard) {
    const last = joined.at(-1);
    const isFragment = pass === 'live' && lastPass === 'live';
    if (last && isFragment && belongTogether(last, utterance)) {
      joined[joined.length - 1] = join(last, utterance);
    } else joined.push(utterance);
    lastPass = pass;
  }
  return joined;
}

function belongTogether(one: HeardUtterance, next: HeardUtterance): boolean {
  return (
    one.speaker === next.speaker &&
    !endsSentence.test(one.text) &&
    next.startMs - one.endMs < sentencePauseMs &&
    next.endMs - one.startMs <= longestJoinedMs
  );
}

function join(one: HeardUtterance, next: HeardUtterance): HeardUtterance {
  const [a, b] = [one.text.length, next.text.length];
  const confidence =
    one.confidence === null || next.confidence === null
      ? null
      : (one.confidence * a + next.confidence * b) / Math.max(1, a + b);
  return {
    startMs: one.startMs,
    endMs: Math.max(one.endMs, next.endMs),
    text: `${one.text} ${next.text}`,
    speaker: one.speaker,
    confidence,
    words: [...one.words, ...next.words],
  };
}

function withSpeakerNames(utterances: readonly HeardUtterance[]): readonly HeardUtterance[] {
  const names = new Map<string, string>();
  return utterances.map((utterance) => {
    const { speaker } = utterance;
    if (speaker === null) return utterance;
    const name = names.get(speaker) ?? `Speaker ${names.size + 1}`;
    names.set(speaker, name);
    return { ...utterance, speaker: name };
  });
}

function namesOf(names: readonly string[]): string {
  return [...new Set(names)].join('+');
}
