import type { Span } from './activity.ts';
import { complement, intersect, lengthMs, mergeSpans } from './spans.ts';

export interface UtteranceSettings {
  /** Longest utterance, padding included. */
  readonly maxMs: number;
  /** Speech with a shorter pause between is one utterance. */
  readonly joinPauseMs?: number;
  /** Sound kept on both sides, as far as the pause to the neighbour allows: each gets half of it at most. */
  readonly padMs?: number;
}

/** A pause within a sentence; the pause between two speakers is longer as a rule. */
const defaultJoinPauseMs = 400;
/** Recognisers lose first and last sounds that are cut close. */
const defaultPadMs = 250;

/**
 * Cuts speech into stretches for a recogniser, each one go of a speaker as far as pauses tell.
 *
 * Covers all of the speech; in order, never overlapping, none longer than `maxMs`, none before 0 unless
 * speech is. What is too long is cut at its longest pause, or evenly where there is none.
 */
export function planUtterances(
  regions: readonly Span[],
  { maxMs, joinPauseMs = defaultJoinPauseMs, padMs = defaultPadMs }: UtteranceSettings,
): Span[] {
  // With a very small maximum, most of it is still for speech.
  const sidePadMs = Math.min(padMs, maxMs / 4);
  const speech = mergeSpans(regions);
  const utterances = mergeSpans(speech, joinPauseMs).flatMap((group) =>
    cutToLength(intersect(speech, [group]), maxMs - 2 * sidePadMs),
  );
  return utterances.map(({ startMs, endMs }, index) => {
    const before = utterances[index - 1];
    const after = utterances[index + 1];
    const roomBeforeMs = before ? (startMs - before.endMs) / 2 : Math.max(0, startMs);
    const roomAfterMs = after ? (after.startMs - endMs) / 2 : Infinity;
    return {
      startMs: startMs - Math.min(sidePadMs, roomBeforeMs),
      endMs: endMs + Math.min(sidePadMs, roomAfterMs),
    };
  });
}

/** Stretches of at most `maxMs` that cover `speech`, which is in order. */
function cutToLength(speech: readonly Span[], maxMs: number): Span[] {
  const stretches: Span[] = [];
  const uncut = [speech];
  for (let part = uncut.pop(); part; part = uncut.pop()) {
    const [first, last] = [part[0], part.at(-1)];
    if (!first || !last) continue;
    const whole = { startMs: first.startMs, endMs: last.endMs };
    const longest = longestPause(part, whole);
    if (lengthMs(whole) <= maxMs) stretches.push(whole);
    else if (!longest) stretches.push(...cutEvenly(whole, maxMs));
    else {
      // The earlier half is on top, so that stretches come out in order.
      uncut.push(
        part.filter((span) => span.startMs >= longest.endMs),
        part.filter((span) => span.endMs <= longest.startMs),
      );
    }
  }
  return stretches;
}

function longestPause(speech: readonly Span[], within: Span): Span | undefined {
  return complement(speech, within).sort((a, b) => lengthMs(b) - lengthMs(a))[0];
}

function cutEvenly(span: Span, maxMs: number): Span[] {
  const count = Math.ceil(lengthMs(span) / maxMs);
  const cut = (index: number): number =>
    index === count ? span.endMs : span.startMs + (lengthMs(span) * index) / count;
  return Array.from({ length: count }, (_, index) => ({
    startMs: cut(index),
    endMs: cut(index + 1),
  }));
}
