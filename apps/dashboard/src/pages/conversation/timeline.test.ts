import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { croppedTimeline, indexAt } from './timeline.ts';

const kept = [
  { start: 2, end: 5 },
  { start: 10, end: 12 },
];

describe('cropped timeline', () => {
  it('leads there and back for every moment that was kept', () => {
    const { toConversation, toRecording } = croppedTimeline(kept);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 4.999, noNaN: true }), (time) => {
        expect(toRecording(toConversation(time))).toBeCloseTo(time);
      }),
    );
  });

  it('leads from a moment that was cut out to the next sound', () => {
    const { toRecording } = croppedTimeline(kept);
    expect([0, 3, 7, 11, 99].map(toRecording)).toEqual([0, 1, 3, 4, 5]);
  });
});

describe('indexAt', () => {
  it('stays with an utterance until the next one starts', () => {
    expect([0, 2, 5, 9.9, 10, 40].map((time) => indexAt(kept, time))).toEqual([-1, 0, 0, 0, 1, 1]);
  });
});
