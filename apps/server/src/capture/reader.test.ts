import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alice,
  bob,
  captureId,
  fakeCaptureStore,
  fakeOpusDecoders,
  fakeSegmentFiles,
  liveCapture,
  noise,
} from './fakes.ts';
import { createCaptureReader, type SoundRange } from './reader.ts';

async function bytesOf(range: SoundRange, start = 0, end = range.byteCount): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of range.read(start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A capture whose segments are given by [gap before it, samples], both in samples. */
async function recorded(parts: readonly (readonly [number, number])[], lastIsOpen = false) {
  const store = fakeCaptureStore();
  const files = fakeSegmentFiles();
  const capture = liveCapture();
  await store.add(capture);
  const timeline: Uint8Array[] = [];
  let at = 0;
  for (const [index, [gap, samples]] of parts.entries()) {
    const sound = noise(samples * 2, index);
    at += gap;
    const segment = { captureId: capture.id, userId: alice, index, startMs: at / 16 };
    const isSealed = !lastIsOpen || index < parts.length - 1;
    await store.putSegment({
      ...segment,
      byteCount: isSealed ? samples * 2 : 0,
      durationMs: isSealed ? samples / 16 : 0,
      gaps: [],
      lastSeq: null,
      isSealed,
    });
    const file = await files.create(segment, capture.format);
    await file.append([sound], null);
    timeline.push(new Uint8Array(gap * 2), sound);
    at += samples;
  }
  return {
    store,
    files,
    reader: createCaptureReader({ store, files, decoders: fakeOpusDecoders() }),
    timeline: Buffer.concat(timeline),
  };
}

const span = (startMs: number, endMs: number) => ({ captureId: captureId('1'), startMs, endMs });

describe('reading ranges of captures', () => {
  it('gives silence where sound was removed, keeps its time, and says so', async () => {
    const { store, reader, timeline } = await recorded([
      [0, 1600],
      [0, 1600],
      [800, 1600],
      [0, 1600],
    ]);
    const segments = await store.segments(alice, captureId('1'));
    for (const index of [1, 3]) {
      const segment = segments[index];
      if (segment) await store.putSegment({ ...segment, removedAt: 1 });
    }
    const range = await reader.openRange(alice, [span(0, Infinity)]);
    const expected = Buffer.from(timeline);
    expected.fill(0, 3200, 6400);
    expected.fill(0, 11_200);
    expect((await bytesOf(range)).equals(expected)).toBe(true);
    expect(range.gaps).toEqual([
      { startMs: 100, endMs: 200, isRemoved: true },
      { startMs: 200, endMs: 250 },
      { startMs: 350, endMs: 450, isRemoved: true },
    ]);
  });

  it('gives any bytes of any spans exactly as a plain timeline with silence in its gaps', async () => {
    const samples = fc.integer({ min: 1, max: 4000 });
    const gap = fc.oneof(fc.constant(0), samples);
    const bound = fc.integer({ min: 0, max: 30_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(gap, samples), { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(bound, bound), { minLength: 1, maxLength: 3 }),
        fc.tuple(bound, bound),
        fc.boolean(),
        async (parts, spans, [a, b], lastIsOpen) => {
          const { reader, timeline } = await recorded(parts, lastIsOpen);
          const ordered = spans.map(([x, y]) => [Math.min(x, y), Math.max(x, y)] as const);
          const range = await reader.openRange(
            alice,
            ordered.map(([from, to]) => span(from / 16, to / 16)),
          );
          const model = Buffer.concat(
            ordered.map(([from, to]) => timeline.subarray(from * 2, to * 2)),
          );
          expect(range.byteCount).toBe(model.byteLength);
          expect((await bytesOf(range)).equals(model)).toBe(true);
          const [start, end] = [Math.min(a, b), Math.max(a, b)];
          expect((await bytesOf(range, start, end)).equals(model.subarray(start, end))).toBe(true);
          for (const { startMs, endMs } of range.gaps) {
            expect(model.subarray(startMs * 32, endMs * 32).every((byte) => byte === 0)).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('lists the gaps in the time of the stream', async () => {
    const { reader } = await recorded([
      [0, 16_000],
      [8000, 16_000],
    ]);
    const range = await reader.openRange(alice, [span(500, 10_000)]);
    expect(range.gaps).toEqual([{ startMs: 500, endMs: 1000 }]);
    expect(range.byteCount).toBe(2000 * 32);
  });

  it('ends an open-ended span where the sound ends', async () => {
    const { reader, timeline } = await recorded([[0, 1234]], true);
    const range = await reader.openRange(alice, [span(0, Infinity)]);
    expect((await bytesOf(range)).equals(timeline)).toBe(true);
  });

  it('is in chunks of at most 64 KiB, in silence too', async () => {
    const { reader } = await recorded([[200_000, 100_000]]);
    const range = await reader.openRange(alice, [span(0, Infinity)]);
    for await (const chunk of range.read(0, range.byteCount)) {
      expect(chunk.byteLength).toBeLessThanOrEqual(64 * 1024);
    }
  });

  it("finds nothing of another user's captures", async () => {
    const { reader } = await recorded([[0, 100]]);
    await expect(reader.openRange(bob, [span(0, 1)])).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says so when a file holds less than its record', async () => {
    const { reader, files } = await recorded([[0, 100]]);
    files.sound.set(`${captureId('1')}/0`, noise(50));
    const range = await reader.openRange(alice, [span(0, 1000)]);
    await expect(bytesOf(range)).rejects.toThrow('shorter than its record');
  });
});
