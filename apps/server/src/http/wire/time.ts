import type { Span } from '../../audio/index.ts';

/** Epoch ms as ISO 8601. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** ms as seconds, to the millisecond. */
export function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

export function unixSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}

export function secondsSpan({ startMs, endMs }: Span): { start: number; end: number } {
  return { start: seconds(startMs), end: seconds(endMs) };
}
