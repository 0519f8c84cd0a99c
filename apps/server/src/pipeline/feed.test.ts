import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { silentLog } from '../base/index.ts';
import { startFeed } from './feed.ts';
import { scriptedDetector } from './scripted-detector.fake.ts';

const stream = 'capture';
const samplesOf = (ms: number) => new Int16Array(ms * 16);

function setUp(start = { fromMs: 0, recordedMs: 0 }) {
  const clock = fakeClock();
  const detector = scriptedDetector();
  const reads: { startMs: number; endMs: number }[] = [];
  const gaps: { startMs: number; endMs: number; afterHearingMs: number }[] = [];
  const feed = startFeed(stream, start, {
    detector,
    async *read(startMs, endMs) {
      reads.push({ startMs, endMs });
      yield samplesOf(endMs - startMs);
    },
    onActivity: () => undefined,
    onGap: async (gap) => {
      gaps.push({ ...gap, afterHearingMs: detector.heard(stream).at(-1)?.endMs ?? 0 });
    },
    clock,
    log: silentLog,
  });
  const settle = async (ms: number): Promise<void> => {
    for (let passed = 0; passed <= ms; passed += 100) {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(100);
    }
  };
  return { detector, feed, reads, gaps, settle };
}

describe('the feed', () => {
  it('gives live sound straight to the detector', () => {
    const { detector, feed, reads } = setUp();
    feed.add(0, samplesOf(100));
    feed.add(100, samplesOf(60));
    expect(detector.heard(stream)).toEqual([{ startMs: 0, endMs: 160 }]);
    expect(reads).toEqual([]);
  });

  it('reads from disk what was recorded before it started', async () => {
    const { detector, feed, reads } = setUp({ fromMs: 3000, recordedMs: 69_000 });
    await feed.drain();
    expect(reads).toEqual([
      { startMs: 3000, endMs: 63_000 },
      { startMs: 63_000, endMs: 69_000 },
    ]);
    expect(detector.heard(stream)).toEqual([{ startMs: 3000, endMs: 69_000 }]);
  });

  it('makes up from disk for sound the detector refused, and goes on live', async () => {
    const { detector, feed, settle } = setUp();
    feed.add(0, samplesOf(100));
    detector.refuse(true);
    feed.add(100, samplesOf(100));
    feed.add(200, samplesOf(100));
    await settle(500);
    detector.refuse(false);
    await settle(500);
    expect(detector.heard(stream)).toEqual([{ startMs: 0, endMs: 300 }]);
    feed.add(300, samplesOf(50));
    expect(feed.analyzedMs()).toBe(350);
  });

  it('opens the detector anew when it died, a little before what it last reported', async () => {
    const { detector, feed, settle } = setUp();
    feed.add(0, samplesOf(6000));
    detector.die();
    feed.add(6000, samplesOf(1000));
    await settle(15_000);
    expect(detector.heard(stream)).toEqual([
      { startMs: 0, endMs: 6000 },
      { startMs: 4000, endMs: 7000 },
    ]);
  });

  it('hears everything before a gap, tells of it, and goes on behind it', async () => {
    const { detector, feed, gaps, settle } = setUp();
    feed.add(0, samplesOf(1000));
    feed.skip({ startMs: 1000, endMs: 31_000 });
    feed.add(31_000, samplesOf(200));
    await settle(500);
    expect(gaps).toEqual([{ startMs: 1000, endMs: 31_000, afterHearingMs: 1000 }]);
    expect(detector.heard(stream)).toEqual([
      { startMs: 0, endMs: 1000 },
      { startMs: 31_000, endMs: 31_200 },
    ]);
  });

  it('is drained only when all that is recorded was reported', async () => {
    const { detector, feed, settle } = setUp();
    detector.refuse(true);
    feed.add(0, samplesOf(500));
    let isDrained = false;
    const drained = feed.drain().then(() => {
      isDrained = true;
    });
    await settle(1000);
    expect(isDrained).toBe(false);
    detector.refuse(false);
    await settle(1000);
    await drained;
    expect(feed.analyzedMs()).toBe(500);
  });
});
