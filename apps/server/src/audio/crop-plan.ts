import type { Span } from './activity.ts';
import { intersect, lengthMs, padSpans } from './spans.ts';

export interface CropSettings {
  /** Speech regions shorter than this are left out. */
  readonly minRegionMs: number;
  /** Kept on both sides of each region. */
  readonly paddingMs: number;
}

/**
 * What to keep of the sound in `window` so that the silence goes: in order, never overlapping, within the
 * window. Empty when no region is long enough. Each end stands for the sample that `byteOffset` gives
 * for it, so the spans can be read one after another with no sample twice.
 */
export function planCrop(
  regions: readonly Span[],
  window: Span,
  { minRegionMs, paddingMs }: CropSettings,
): Span[] {
  const long = regions.filter((region) => lengthMs(region) >= minRegionMs);
  return intersect(padSpans(long, paddingMs), [window]);
}
