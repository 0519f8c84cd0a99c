import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intersect, totalMs } from '../audio/index.ts';
import { measureCoverage } from './coverage.ts';

describe('coverage', () => {
  it('is complete without speech', () => {
    expect(measureCoverage([], [])).toEqual({ speechMs: 0, coveredMs: 0, share: 1, holes: [] });
  });

  it('tells the speech that no piece covers', () => {
    const speech = [
      { startMs: 0, endMs: 4000 },
      { startMs: 6000, endMs: 8000 },
    ];
    const pieces = [
      { startMs: 1000, endMs: 3000 },
      { startMs: 2500, endMs: 7000 },
    ];
    expect(measureCoverage(speech, pieces)).toEqual({
      speechMs: 6000,
      coveredMs: 4000,
      share: 4000 / 6000,
      holes: [
        { startMs: 0, endMs: 1000 },
        { startMs: 7000, endMs: 8000 },
      ],
    });
  });

  it('takes no hole for one that is shorter than a word', () => {
    const { share, holes } = measureCoverage(
      [{ startMs: 0, endMs: 1000 }],
      [{ startMs: 0, endMs: 930 }],
    );
    expect(holes).toEqual([]);
    expect(share).toBe(1);
  });

  it('parts all speech into what is covered and holes, which no piece touches', () => {
    const spans = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 2000 }))
        .map(([startMs, lengthMs]) => ({ startMs, endMs: startMs + lengthMs })),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(spans, spans, (speech, pieces) => {
        const { speechMs, coveredMs, holes } = measureCoverage(speech, pieces);
        expect(speechMs).toBe(totalMs(speech));
        expect(coveredMs + totalMs(holes)).toBe(speechMs);
        expect(totalMs(intersect(holes, pieces))).toBe(0);
        expect(totalMs(intersect(holes, speech))).toBe(totalMs(holes));
      }),
    );
  });
});
