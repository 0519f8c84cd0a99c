import fc from 'fast-check';
import { expect, it } from 'vitest';
import { intersect, mergeSpans, type Span } from '../../src/audio/index.ts';
import type { SpeechStore } from '../../src/conversations/index.ts';
import { alice, bob, captureId } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

const span = (startMs: number, endMs: number): Span => ({ startMs, endMs });
const always = span(0, 1_000_000);

const anySpan = fc
  .tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 40 }))
  .map(([startMs, length]) => span(startMs / 4, (startMs + length) / 4));

export function describeSpeechStore(
  name: string,
  makeStore: () => Promise<Subject<SpeechStore>> | Subject<SpeechStore>,
): void {
  describeStore(`speech: ${name}`, makeStore, (speech) => {
    const hear = (regions: readonly Span[], analyzedMs = 0, capture = captureId(1)) =>
      speech().record(alice, capture, { regions, analyzedMs });
    const heard = (within = always, capture = captureId(1)) =>
      speech().regions(alice, capture, within);

    it('gives regions back in order, of the user and capture alone', async () => {
      await hear([span(500, 600.5), span(100, 200)]);
      await hear([span(1, 2)], 0, captureId(2));
      expect(await heard()).toEqual([span(100, 200), span(500, 600.5)]);
      expect(await speech().regions(bob, captureId(1), always)).toEqual([]);
      expect(await heard(always, captureId(3))).toEqual([]);
    });

    it('joins regions that overlap or touch', async () => {
      await hear([span(100, 200), span(300, 400), span(600, 700)]);
      await hear([span(200, 300), span(650, 800)]);
      expect(await heard()).toEqual([span(100, 400), span(600, 800)]);
    });

    it('cuts regions to the window, and leaves out those that only touch it', async () => {
      await hear([span(0, 100), span(150, 250), span(300, 400), span(450, 500)]);
      expect(await heard(span(100, 350))).toEqual([span(150, 250), span(300, 350)]);
      expect(await heard(span(200, 210))).toEqual([span(200, 210)]);
      expect(await heard(span(260, 290))).toEqual([]);
    });

    it('moves its watermark forward only', async () => {
      expect(await speech().analyzedMs(alice, captureId(1))).toBe(0);
      await hear([], 1500.5);
      await hear([span(10, 20)], 800);
      expect(await speech().analyzedMs(alice, captureId(1))).toBe(1500.5);
      expect(await speech().analyzedMs(bob, captureId(1))).toBe(0);
      expect(await speech().analyzedMs(alice, captureId(2))).toBe(0);
    });

    it('lists captures listened to but not to the end, of all users', async () => {
      await hear([], 100);
      await hear([], 100, captureId(2));
      await speech().record(bob, captureId(3), { regions: [], analyzedMs: 100 });
      await speech().finish(alice, captureId(2));
      await speech().finish(alice, captureId(2));
      const unfinished = await speech().listUnfinished();
      expect(unfinished).toHaveLength(2);
      expect(unfinished).toEqual(
        expect.arrayContaining([
          { userId: alice, captureId: captureId(1) },
          { userId: bob, captureId: captureId(3) },
        ]),
      );
    });

    it('keeps what was heard when a capture is finished', async () => {
      await hear([span(10, 20)], 100);
      await speech().finish(alice, captureId(1));
      expect(await heard()).toEqual([span(10, 20)]);
      expect(await speech().analyzedMs(alice, captureId(1))).toBe(100);
    });

    it('hearing the same sound again, in any order, changes nothing', async () => {
      let capture = 10;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(anySpan, { maxLength: 5 }), { maxLength: 6 }),
          anySpan,
          async (windows, within) => {
            const id = captureId(capture++);
            for (const regions of windows) await hear(regions, 100, id);
            const once = await heard(always, id);
            expect(once).toEqual(mergeSpans(windows.flat()));
            expect(await heard(within, id)).toEqual(intersect(windows.flat(), [within]));
            for (const regions of [...windows].reverse()) await hear(regions, 100, id);
            expect(await heard(always, id)).toEqual(once);
          },
        ),
        { numRuns: 100 },
      );
    });
  });
}
