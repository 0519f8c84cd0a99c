import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from './activity.ts';
import {
  complement,
  intersect,
  mergeSpans,
  overlapping,
  padSpans,
  subtract,
  totalMs,
} from './spans.ts';

const length = 60;
const spans = fc.array(
  fc
    .tuple(fc.nat(length), fc.nat(15))
    .map(([startMs, lengthMs]): Span => ({ startMs, endMs: startMs + lengthMs })),
  { maxLength: 12 },
);
const window = fc
  .tuple(fc.nat(length), fc.nat(length))
  .map(([a, b]): Span => ({ startMs: Math.min(a, b), endMs: Math.max(a, b) }));

/** The truth, one bit a millisecond. */
function painted(list: readonly Span[]): string {
  return Array.from({ length: 2 * length }, (_, ms) =>
    list.some(({ startMs, endMs }) => startMs <= ms && ms < endMs) ? '#' : '.',
  ).join('');
}

function expectMerged(list: readonly Span[]): void {
  list.forEach(({ startMs, endMs }, index) => {
    expect(endMs).toBeGreaterThan(startMs);
    expect(startMs).toBeGreaterThan(list[index - 1]?.endMs ?? -Infinity);
  });
}

describe('spans', () => {
  it('merges to the same cover, in order, nothing touching', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const merged = mergeSpans(list);
        expectMerged(merged);
        expect(painted(merged)).toBe(painted(list));
        expect(mergeSpans(merged)).toEqual(merged);
      }),
    );
  });

  it('merges over gaps of up to maxGapMs and no longer ones', () => {
    fc.assert(
      fc.property(spans, fc.nat(10), (list, maxGapMs) => {
        const merged = mergeSpans(list, maxGapMs);
        const filled = complement(list, { startMs: 0, endMs: 2 * length }).filter(
          ({ startMs, endMs }) =>
            endMs - startMs <= maxGapMs &&
            list.some((span) => span.endMs > span.startMs && span.startMs < startMs) &&
            list.some((span) => span.endMs > span.startMs && span.endMs > endMs),
        );
        expect(painted(merged)).toBe(painted([...list, ...filled]));
      }),
    );
  });

  it('subtracts like sets', () => {
    fc.assert(
      fc.property(spans, spans, (from, list) => {
        const left = subtract(from, list);
        expectMerged(left);
        const [inFrom, inList] = [painted(from), painted(list)];
        expect(painted(left)).toBe(
          Array.from(inFrom, (bit, ms) => (bit === '#' && inList[ms] === '.' ? '#' : '.')).join(''),
        );
      }),
    );
  });

  it('finds those that share time with a window', () => {
    fc.assert(
      fc.property(spans, window, (list, within) => {
        const merged = mergeSpans(list);
        const found = merged.filter((span) => intersect([span], [within]).length > 0);
        fc.pre(within.endMs > within.startMs);
        expect(overlapping(merged, within)).toEqual(found);
      }),
    );
  });

  it('intersects like sets', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const shared = intersect(a, b);
        expectMerged(shared);
        const [inA, inB] = [painted(a), painted(b)];
        expect(painted(shared)).toBe(
          Array.from(inA, (bit, ms) => (bit === '#' && inB[ms] === '#' ? '#' : '.')).join(''),
        );
      }),
    );
  });

  it('splits a window into what is covered and its complement', () => {
    fc.assert(
      fc.property(spans, window, (list, within) => {
        const gaps = complement(list, within);
        const covered = intersect(list, [within]);
        expectMerged(gaps);
        expect(intersect(gaps, list)).toEqual([]);
        expect(painted([...gaps, ...covered])).toBe(painted([within]));
        expect(totalMs(gaps) + totalMs(covered)).toBe(within.endMs - within.startMs);
      }),
    );
  });

  it('counts time once that several spans cover', () => {
    fc.assert(
      fc.property(spans, (list) => {
        expect(totalMs(list)).toBe(painted(list).replaceAll('.', '').length);
      }),
    );
  });

  it('pads both sides', () => {
    expect(padSpans([{ startMs: 10, endMs: 20 }], 5)).toEqual([{ startMs: 5, endMs: 25 }]);
  });
});
