import { captureIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timelineOf } from './timeline.ts';

const captureId = captureIdSchema.parse('c'.repeat(32));
/** 12:00:02 to 12:00:05 of one capture and 12:01:00 to 12:01:10 of a later one, told in ms from noon. */
const timeline = timelineOf({
  startedAt: 2000,
  endedAt: 70_000,
  ranges: [
    { captureId, captureStartedAt: 0, startMs: 2000, endMs: 5000 },
    { captureId, captureStartedAt: 60_000, startMs: 0, endMs: 10_000 },
  ],
});

describe('the time of a conversation', () => {
  it('leaves out what lies between its ranges', () => {
    expect(timeline.durationMs).toBe(13_000);
    expect(timeline.spanFromEpoch({ startMs: 4000, endMs: 62_000 })).toEqual({
      startMs: 2000,
      endMs: 5000,
    });
  });

  it('goes on from the beginning where there are words without sound', () => {
    const words = timelineOf({ ranges: [], startedAt: 5000, endedAt: 9000 });
    expect(words.durationMs).toBe(4000);
    expect(words.spanFromEpoch({ startMs: 6000, endMs: 7000 })).toEqual({
      startMs: 1000,
      endMs: 2000,
    });
    expect(words.spanToEpoch({ startMs: 1000, endMs: 2000 })).toEqual({
      startMs: 6000,
      endMs: 7000,
    });
  });

  it('puts a moment without sound at the nearest end of a range', () => {
    expect([0, 30_000, 90_000].map((epochMs) => timeline.fromEpoch(epochMs))).toEqual([
      0, 3000, 13_000,
    ]);
  });

  it('starts at the later and ends at the earlier range where two meet', () => {
    expect(timeline.spanToEpoch({ startMs: 0, endMs: 3000 })).toEqual({
      startMs: 2000,
      endMs: 5000,
    });
    expect(timeline.spanToEpoch({ startMs: 3000, endMs: 4000 })).toEqual({
      startMs: 60_000,
      endMs: 61_000,
    });
  });

  it('finds every span again', () => {
    const place = fc.integer({ min: 0, max: 13_000 });
    fc.assert(
      fc.property(place, place, (one, other) => {
        fc.pre(one !== other);
        const span = { startMs: Math.min(one, other), endMs: Math.max(one, other) };
        expect(timeline.spanFromEpoch(timeline.spanToEpoch(span))).toEqual(span);
      }),
    );
  });
});
