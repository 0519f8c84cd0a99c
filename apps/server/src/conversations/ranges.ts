import type { Span } from '../audio/index.ts';
import type { CaptureRange } from './ports.ts';

/** What a conversation claims, cut and put together. Places are ms on its own timeline: ranges laid end to end. */

/** How long the ranges are together, ms. */
export function lengthOf(ranges: readonly Span[]): number {
  return ranges.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}

/** Epoch ms at which a range begins and ends. */
export function rangeTime({ captureStartedAt, startMs, endMs }: CaptureRange): Span {
  return { startMs: captureStartedAt + startMs, endMs: captureStartedAt + endMs };
}

/** The ranges before a place, and those after it. */
export function splitRanges(
  ranges: readonly CaptureRange[],
  atMs: number,
): readonly [before: readonly CaptureRange[], after: readonly CaptureRange[]] {
  const before: CaptureRange[] = [];
  const after: CaptureRange[] = [];
  let fromMs = 0;
  for (const range of ranges) {
    const cutMs = range.startMs + (atMs - fromMs);
    if (cutMs >= range.endMs) before.push(range);
    else if (cutMs <= range.startMs) after.push(range);
    else {
      before.push({ ...range, endMs: cutMs });
      after.push({ ...range, startMs: cutMs });
    }
    fromMs += range.endMs - range.startMs;
  }
  return [before, after];
}

/** The ranges between two places. */
export function trimRanges(ranges: readonly CaptureRange[], kept: Span): readonly CaptureRange[] {
  // The end first: cutting it off does not move the start.
  const [head] = splitRanges(ranges, kept.endMs);
  return splitRanges(head, kept.startMs)[1];
}

/** All of them in time order; those of one capture that touch become one. They must not overlap. */
export function mergeRanges(
  ...lists: readonly (readonly CaptureRange[])[]
): readonly CaptureRange[] {
  const merged: CaptureRange[] = [];
  for (const range of lists.flat().sort(byTime)) {
    const last = merged.at(-1);
    if (last?.captureId === range.captureId && last.endMs === range.startMs) {
      merged[merged.length - 1] = { ...last, endMs: range.endMs };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** The clocks of two recordings agree to about this. */
const clockToleranceMs = 2000;

/** Whether they can follow one another: no two of one capture share a moment, of two captures more than 2 s. */
export function areMergeable(ranges: readonly CaptureRange[]): boolean {
  const sorted = ranges.toSorted(byTime);
  return sorted.every((range, index) => {
    const next = sorted[index + 1];
    if (!next) return true;
    const [time, nextTime] = [rangeTime(range), rangeTime(next)];
    const toleranceMs = next.captureId === range.captureId ? 0 : clockToleranceMs;
    return time.endMs <= nextTime.endMs && time.endMs - nextTime.startMs <= toleranceMs;
  });
}

function byTime(a: CaptureRange, b: CaptureRange): number {
  // The second, finer one: within a capture, two places may be one in epoch ms.
  return rangeTime(a).startMs - rangeTime(b).startMs || a.startMs - b.startMs;
}
