import type { Span } from './activity.ts';

/** The spans in order, each joined with the next where they overlap, touch, or lie at most `maxGapMs` apart. Empty ones vanish. */
export function mergeSpans(spans: readonly Span[], maxGapMs = 0): Span[] {
  const merged: Span[] = [];
  for (const span of spans.filter(isNotEmpty).sort((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last && span.startMs - last.endMs <= maxGapMs) {
      merged[merged.length - 1] = {
        startMs: last.startMs,
        endMs: Math.max(last.endMs, span.endMs),
      };
    } else {
      merged.push({ startMs: span.startMs, endMs: span.endMs });
    }
  }
  return merged;
}

/** What lies in both lists, in order and merged. To clip to a window, pass the window as the only span of one list. */
export function intersect(a: readonly Span[], b: readonly Span[]): Span[] {
  const [left, right] = [mergeSpans(a), mergeSpans(b)];
  const shared: Span[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [x, y] = [left[i], right[j]];
    if (!x || !y) return shared;
    const span = {
      startMs: Math.max(x.startMs, y.startMs),
      endMs: Math.min(x.endMs, y.endMs),
    };
    if (isNotEmpty(span)) shared.push(span);
    if (x.endMs < y.endMs) i++;
    else j++;
  }
}

/** What of the window is in none of the spans, in order. */
export function complement(spans: readonly Span[], window: Span): Span[] {
  const gaps: Span[] = [];
  let at = window.startMs;
  for (const span of intersect(spans, [window])) {
    gaps.push({ startMs: at, endMs: span.startMs });
    at = span.endMs;
  }
  gaps.push({ startMs: at, endMs: window.endMs });
  return gaps.filter(isNotEmpty);
}

/** Each span made longer by `padMs` on both sides; the results may overlap. */
export function padSpans(spans: readonly Span[], padMs: number): Span[] {
  return spans.map(({ startMs, endMs }) => ({ startMs: startMs - padMs, endMs: endMs + padMs }));
}

/** How much time the spans cover; what several of them cover counts once. */
export function totalMs(spans: readonly Span[]): number {
  return mergeSpans(spans).reduce((sum, span) => sum + lengthMs(span), 0);
}

export function lengthMs({ startMs, endMs }: Span): number {
  return endMs - startMs;
}

function isNotEmpty(span: Span): boolean {
  return lengthMs(span) > 0;
}
