import { intersect, lengthMs, mergeSpans, subtract, totalMs, type Span } from '../audio/index.ts';

/** How much of the detected speech was heard by an engine. All times on one timeline. */
export interface Coverage {
  readonly speechMs: number;
  readonly coveredMs: number;
  /** 0..1; 1 without speech. */
  readonly share: number;
  /** Speech that nothing covers, in order. */
  readonly holes: readonly Span[];
}

/** No word is as short: recogniser and detector place the end of a word a little differently. */
const shortestHoleMs = 100;

/**
 * Compares detected speech with the stretches that were heard, `pieces`; either may overlap and come in any order. What is
 * shorter than a word counts as covered.
 */
export function measureCoverage(speech: readonly Span[], pieces: readonly Span[]): Coverage {
  const regions = mergeSpans(speech);
  const heard = intersect(regions, pieces);
  const holes = subtract(regions, heard).filter((hole) => lengthMs(hole) >= shortestHoleMs);
  const speechMs = totalMs(regions);
  const coveredMs = speechMs - totalMs(holes);
  return { speechMs, coveredMs, share: speechMs === 0 ? 1 : coveredMs / speechMs, holes };
}
