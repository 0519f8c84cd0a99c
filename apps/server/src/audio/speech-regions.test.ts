import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from './activity.ts';
import {
  endSpeech,
  hearWindow,
  silentFrom,
  speakingSince,
  speechDefaults,
  type SpeechState,
} from './speech-regions.ts';

const windowMs = 32;

/** Hears the probabilities from `startMs` on, one a window; null leaves the window out. */
function hear(probabilities: readonly (number | null)[], startMs = 0) {
  let state: SpeechState = silentFrom(startMs);
  const regions: Span[] = [];
  const since: (number | null)[] = [];
  probabilities.forEach((probability, index) => {
    const at = startMs + index * windowMs;
    if (probability === null) return;
    const step = hearWindow(state, { startMs: at, endMs: at + windowMs }, probability);
    state = step.state;
    if (step.ended) regions.push(step.ended);
    since.push(speakingSince(state));
  });
  const { ended } = endSpeech(state);
  if (ended) regions.push(ended);
  return { regions, since, state };
}

const windows = (count: number, probability: number): number[] =>
  new Array<number>(count).fill(probability);
const silence = windows(20, 0);

describe('speech regions', () => {
  it('starts a region a little before the first speech and ends it where speech was last heard', () => {
    const { regions } = hear([...silence, ...windows(30, 0.9), ...silence]);
    expect(regions).toEqual([{ startMs: 20 * 32 - 100, endMs: 50 * 32 }]);
  });

  it('goes on at a probability too low to start with', () => {
    expect(hear([...windows(10, 0.9), ...windows(20, 0.4), ...silence]).regions).toEqual([
      { startMs: 0, endMs: 30 * 32 },
    ]);
    expect(hear([...windows(20, 0.4), ...silence]).regions).toEqual([]);
  });

  it('takes a short pause as part of the region and a long one as its end', () => {
    const speech = windows(20, 0.9);
    expect(hear([...speech, ...windows(9, 0), ...speech]).regions).toHaveLength(1);
    expect(hear([...speech, ...windows(10, 0), ...speech]).regions).toHaveLength(2);
  });

  it('drops clicks', () => {
    expect(hear([...silence, ...windows(7, 0.9), ...silence]).regions).toEqual([]);
    expect(hear([...silence, ...windows(8, 0.9), ...silence]).regions).toHaveLength(1);
  });

  it('tells of a region that is going on once it is long enough to be one', () => {
    const { since } = hear([...silence, ...windows(20, 0.9)]);
    expect(since.slice(0, 27)).toEqual(new Array(27).fill(null));
    expect(since.slice(27)).toEqual(new Array(13).fill(540));
  });

  it('starts no region before it began to listen', () => {
    expect(hear(windows(20, 0.9), 5000).regions[0]?.startMs).toBe(5000);
  });

  it('takes windows left out for silence', () => {
    const speech = windows(20, 0.9);
    const gap = new Array<null>(15).fill(null);
    expect(hear([...speech, ...gap, ...speech]).regions).toEqual([
      { startMs: 0, endMs: 640 },
      { startMs: 35 * 32 - 100, endMs: 55 * 32 },
    ]);
  });

  it('yields regions in order that never overlap, cover every certain stretch, and were announced right', () => {
    const stretch = fc
      .tuple(
        fc.integer({ min: 1, max: 25 }),
        fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1, noNaN: true })),
      )
      .map(([count, probability]) => new Array<number | null>(count).fill(probability));
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 30 }), fc.nat(1000), (stretches, startMs) => {
        const probabilities = stretches.flat();
        const { regions, since } = hear(probabilities, startMs);
        regions.forEach(({ startMs: from, endMs }, index) => {
          expect(from).toBeGreaterThanOrEqual(regions[index - 1]?.endMs ?? startMs);
          expect(endMs - from).toBeGreaterThanOrEqual(speechDefaults.minSpeechMs);
        });
        const announced = new Set(since.filter((each) => each !== null));
        expect([...announced]).toEqual(regions.map((region) => region.startMs));

        let at = startMs;
        for (const part of stretches) {
          const [from, to] = [at, at + part.length * windowMs];
          at = to;
          const isCertain = (part[0] ?? 0) >= 0.5 && to - from >= speechDefaults.minSpeechMs;
          if (!isCertain) continue;
          expect(regions.some((region) => region.startMs <= from && region.endMs >= to)).toBe(true);
        }
      }),
    );
  });
});
