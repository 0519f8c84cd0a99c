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

/** What of `from` is in none of `spans`, in order and merged. */
export function subtract(from: readonly Span[], spans: readonly Span[]): Span[] {
  const cuts = mergeSpans(spans);
  const left: Span[] = [];
  let next = 0;
  for (const { startMs, endMs } of mergeSpans(from)) {
    let at = startMs;
    for (;;) {
      const cut = cuts[next];
      if (!cut || cut.startMs >= endMs) break;
      if (cut.endMs > at) {
        left.push({ startMs: at, endMs: cut.startMs });
        at = cut.endMs;
      }
      // It may reach into what follows.
      if (cut.endMs > endMs) break;
      next += 1;
    }
    left.push({ startMs: at, endMs });
  }
  return left.filter(isNotEmpty);
}

/** What of the window is in none of the spans, in order. */
export function complement(spans: readonly Span[], window: Span): Span[] {
  return subtract([window], spans);
}

/** Those of `merged`, which is in order and without overlap, that share time with the window. Found by halving. */
export function overlapping(merged: readonly Span[], window: Span): readonly Span[] {
  const first = firstIndex(merged, ({ endMs }) => endMs > window.startMs);
  const end = firstIndex(merged, ({ startMs }) => startMs >= window.endMs);
  return merged.slice(first, end);
}

/** Of the first span that is so, where all after it are so, too. */
function firstIndex(spans: readonly Span[], isSo: (span: Span) => boolean): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const span = spans[middle];
    if (span && isSo(span)) high = middle;
    else low = middle + 1;
  }
  return low;
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
