import { captureIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRange } from './ports.ts';
import {
  areMergeable,
  lengthOf,
  mergeRanges,
  rangeTime,
  splitRanges,
  trimRanges,
} from './ranges.ts';

/** Ranges in time order, with time between them, of one capture or several. */
const anyRanges = fc
  .array(
    fc.record({
      pauseMs: fc.integer({ min: 1, max: 5000 }),
      lengthMs: fc.integer({ min: 1, max: 9000 }),
      isNewCapture: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => {
    const ranges: CaptureRange[] = [];
    let [now, captureStartedAt, number] = [1_000_000, 1_000_000, 0];
    for (const { pauseMs, lengthMs, isNewCapture } of pieces) {
      now += pauseMs;
      if (isNewCapture) [captureStartedAt, number] = [now, number + 1];
      const startMs = now - captureStartedAt;
      now += lengthMs;
      const captureId = captureIdSchema.parse(number.toString(16).padStart(32, '0'));
      ranges.push({ captureId, captureStartedAt, startMs, endMs: startMs + lengthMs });
    }
    return ranges;
  });

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('ranges', () => {
  it('are as long together after a split as before', () => {
    fc.assert(
      fc.property(anyRanges, share, (ranges, part) => {
        const atMs = Math.round(lengthOf(ranges) * part);
        const [before, after] = splitRanges(ranges, atMs);
        expect(lengthOf(before)).toBe(atMs);
        expect(lengthOf(before) + lengthOf(after)).toBe(lengthOf(ranges));
        expect([...before, ...after].every(({ startMs, endMs }) => endMs > startMs)).toBe(true);
      }),
    );
  });

  it('are what they were when they are split and merged, in whatever order', () => {
    fc.assert(
      fc.property(anyRanges, share, (ranges, part) => {
        const [before, after] = splitRanges(ranges, lengthOf(ranges) * part);
        expect(mergeRanges(after, before)).toEqual(mergeRanges(ranges));
        expect(areMergeable([...after, ...before])).toBe(true);
      }),
    );
  });

  it('keep exactly what is between the two places of a trim', () => {
    fc.assert(
      fc.property(anyRanges, share, share, (ranges, one, other) => {
        const [startMs = 0, endMs = 0] = [one, other]
          .map((part) => Math.round(lengthOf(ranges) * part))
          .sort((a, b) => a - b);
        const kept = trimRanges(ranges, { startMs, endMs });
        expect(lengthOf(kept)).toBe(endMs - startMs);
        const [head] = splitRanges(ranges, startMs);
        const [, tail] = splitRanges(ranges, endMs);
        expect(mergeRanges(head, kept, tail)).toEqual(mergeRanges(ranges));
      }),
    );
  });

  it('come out of a merge in time order', () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, (one, other) => {
        const starts = mergeRanges(one, other).map((range) => rangeTime(range).startMs);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }),
    );
  });

  it('can follow one another where none begins before another has ended, give or take the clocks', () => {
    const recorded = (digit: string, startMs: number, endMs: number) => ({
      captureId: captureIdSchema.parse(digit.repeat(32)),
      captureStartedAt: 0,
      startMs,
      endMs,
    });
    const first = recorded('1', 0, 10_000);
    expect(areMergeable([recorded('1', 10_000, 20_000), first])).toBe(true);
    expect(areMergeable([recorded('1', 9999, 20_000), first])).toBe(false);
    expect(areMergeable([recorded('2', 8000, 20_000), first])).toBe(true);
    expect(areMergeable([recorded('2', 7999, 20_000), first])).toBe(false);
    expect(areMergeable([recorded('2', 8500, 9500), first])).toBe(false);
  });
});
