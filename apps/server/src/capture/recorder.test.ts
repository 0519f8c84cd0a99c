import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import {
  captureId,
  fakeCaptureStore,
  fakeSegmentFiles,
  liveCapture,
  noise,
  turns,
} from './fakes.ts';
import type { Capture, Gap } from './ports.ts';
import { createRecorder } from './recorder.ts';
import type { SoundFrame } from './sound-frame.ts';

const minuteBytes = 60 * 32_000;

function setUp(added: Promise<void> = Promise.resolve(), capture: Capture = liveCapture()) {
  const clock = fakeClock();
  const store = fakeCaptureStore();
  const files = fakeSegmentFiles();
  const told: { startMs: number; pcm: Uint8Array; durableBytes: number }[] = [];
  const gaps: Gap[] = [];
  const durable: number[] = [];
  const pressure: boolean[] = [];
  const failures: unknown[] = [];
  const durableBytes = () =>
    [...files.sound.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  const recorder = createRecorder(
    capture,
    added,
    { endMs: 0, nextIndex: 0, lastSeq: null },
    { store, files, clock },
    {
      onSound: ({ startMs, chunks }) =>
        told.push({ startMs, pcm: Buffer.concat(chunks), durableBytes: durableBytes() }),
      onDurable: (seq) => durable.push(seq),
      onGap: (gap) => gaps.push(gap),
      onPressure: (isFull) => pressure.push(isFull),
      onFailure: (error) => failures.push(error),
    },
  );
  const file = (index: number) => files.sound.get(`${captureId('1')}/${index}`);
  const wait = async (ms: number) => {
    clock.advance(ms);
    await turns();
  };
  return { clock, store, files, told, gaps, durable, pressure, failures, recorder, file, wait };
}

const frame = (bytes: Uint8Array, seq: number | null = null, lostBeforeMs = 0): SoundFrame => ({
  bytes,
  seq,
  lostBeforeMs,
});

describe('the recorder', () => {
  it('writes frames that come close together in one go, within 25 ms', async () => {
    const { recorder, files, file, told, wait } = setUp();
    recorder.push(frame(noise(640, 1)));
    await wait(20);
    recorder.push(frame(noise(640, 2)));
    expect(files.appends).toBe(0);
    await wait(5);
    expect(files.appends).toBe(1);
    expect(file(0)).toEqual(Buffer.concat([noise(640, 1), noise(640, 2)]));
    expect(told).toHaveLength(1);
  });

  it('tells sound only once it is in the file', async () => {
    const { recorder, files, told, wait } = setUp();
    const release = files.hang();
    recorder.push(frame(noise(640)));
    await wait(1000);
    expect(files.appends).toBe(1);
    expect(told).toEqual([]);
    release();
    await turns();
    expect(told).toEqual([{ startMs: 0, pcm: Buffer.from(noise(640)), durableBytes: 640 }]);
  });

  it('writes nothing before the capture is on record', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { recorder, files, store, wait } = setUp(promise.then(() => undefined));
    recorder.push(frame(noise(640)));
    await wait(100);
    expect(store.segmentRecords.size + files.sound.size).toBe(0);
    resolve(undefined);
    await turns();
    expect(files.sound.size).toBe(1);
  });

  it('puts a segment on record before its file is made', async () => {
    const { recorder, files, store, wait } = setUp();
    const create = files.create.bind(files);
    const recordsAtCreation: number[] = [];
    files.create = (ref, format) => {
      recordsAtCreation.push(store.segmentRecords.size);
      return create(ref, format);
    };
    recorder.push(frame(noise(640)));
    recorder.cut();
    await turns();
    recorder.push(frame(noise(640)));
    await wait(25);
    expect(recordsAtCreation).toEqual([1, 2]);
  });

  it('has one write in flight, and gathers what comes meanwhile', async () => {
    const { recorder, files, file, wait } = setUp();
    const release = files.hang();
    for (let index = 0; index < 20; index += 1) {
      recorder.push(frame(noise(640, index)));
      await wait(20);
    }
    expect(files.appends).toBe(1);
    release();
    await turns();
    await wait(25);
    expect(files.appends).toBe(2);
    expect(file(0)).toHaveLength(20 * 640);
  });

  it('splits at 60 s to the sample and seals what is full', async () => {
    const { recorder, files, file, store, told, wait } = setUp();
    const sound = noise(minuteBytes + 10_000);
    for (let at = 0; at < sound.byteLength; at += 100_002) {
      recorder.push(frame(sound.subarray(at, at + 100_002)));
      await wait(25);
    }
    expect(file(0)).toEqual(Buffer.from(sound.subarray(0, minuteBytes)));
    expect(file(1)).toEqual(Buffer.from(sound.subarray(minuteBytes)));
    expect([...store.segmentRecords.values()]).toMatchObject([
      { index: 0, startMs: 0, byteCount: minuteBytes, isSealed: true },
      { index: 1, startMs: 60_000, byteCount: 0, isSealed: false },
    ]);
    expect([...files.sealed]).toEqual([`${captureId('1')}/0`]);
    expect(
      told.every(({ startMs, pcm, durableBytes }) => durableBytes >= startMs * 32 + pcm.byteLength),
    ).toBe(true);
    expect(Buffer.concat(told.map(({ pcm }) => pcm)).equals(sound)).toBe(true);
  });

  it('syncs within 2 s of the first unsynced sound, without another frame', async () => {
    const { recorder, files, wait } = setUp();
    recorder.push(frame(noise(640)));
    await wait(25);
    expect(files.syncs).toBe(0);
    await wait(2000);
    expect(files.syncs).toBe(1);
    await wait(10_000);
    expect(files.syncs).toBe(1);
  });

  it('starts a new segment after time nobody recorded, and tells the gap before the sound', async () => {
    const { recorder, store, gaps, told, wait } = setUp();
    recorder.push(frame(noise(320)));
    recorder.cut();
    await turns();
    recorder.skipTo(5000);
    expect(gaps).toEqual([]);
    recorder.push(frame(noise(640)));
    await wait(25);
    expect(gaps).toEqual([{ startMs: 10, endMs: 5000 }]);
    expect(told.map(({ startMs }) => startMs)).toEqual([0, 5000]);
    expect([...store.segmentRecords.values()]).toMatchObject([
      { index: 0, startMs: 0, byteCount: 320, isSealed: true },
      { index: 1, startMs: 5000, isSealed: false },
    ]);
  });

  it('never lets sound overlap: a start before the end of the sound is its end', async () => {
    const { recorder, gaps, told, wait } = setUp();
    recorder.push(frame(noise(32_002)));
    recorder.skipTo(20);
    recorder.push(frame(noise(640)));
    await wait(25);
    expect(told.map(({ startMs }) => startMs)).toEqual([0, 1000.0625]);
    expect(gaps).toEqual([]);
  });

  it('seals everything at the end and takes nothing more', async () => {
    const { recorder, store, told } = setUp();
    recorder.push(frame(noise(640)));
    const finished = recorder.finish();
    recorder.push(frame(noise(640)));
    expect(await finished).toEqual({ endMs: 20, isWhole: true });
    expect([...store.segmentRecords.values()]).toMatchObject([{ byteCount: 640, isSealed: true }]);
    expect(told).toHaveLength(1);
  });

  it('asks for a pause at 5 s of pending sound, and lets go on at half of it', async () => {
    const { recorder, files, pressure, wait } = setUp();
    const release = files.hang();
    for (let second = 0; second < 5; second += 1) recorder.push(frame(noise(32_000)));
    expect(pressure).toEqual([]);
    recorder.push(frame(noise(640)));
    expect(pressure).toEqual([true]);
    await wait(100);
    release();
    await wait(25);
    expect(pressure).toEqual([true, false]);
  });

  it('refuses what exceeds its bound, and keeps what it had taken', async () => {
    const { recorder, files, file, wait } = setUp();
    const release = files.hang();
    let taken = 0;
    while (recorder.push(frame(noise(64_000))) === 'taken') taken += 64_000;
    expect(taken).toBeLessThanOrEqual(160_000 + 1024 * 1024);
    await wait(25);
    release();
    await turns();
    expect(file(0)).toHaveLength(taken);
  });

  it('tells a failed write once, keeps what was durable, and still runs what waits for its turn', async () => {
    const { recorder, files, file, failures, told, store, wait } = setUp();
    recorder.push(frame(noise(640)));
    await wait(25);
    files.failure = new Error('ENOSPC');
    recorder.push(frame(noise(640)));
    await wait(25);
    recorder.push(frame(noise(640)));
    let ran = false;
    recorder.afterwards(() => {
      ran = true;
    });
    expect(await recorder.finish()).toEqual({ endMs: 20, isWhole: true });
    expect(ran).toBe(true);
    expect(failures).toEqual([files.failure]);
    expect(told).toHaveLength(1);
    expect(file(0)).toHaveLength(640);
    expect([...store.segmentRecords.values()]).toMatchObject([{ byteCount: 640, isSealed: true }]);
  });

  it('keeps every sample in order, whatever the frames, splits and gaps', async () => {
    const action = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('push'),
          samples: fc.integer({ min: 1, max: 400_000 }),
        }),
      },
      fc.record({ kind: fc.constant('cut') }),
      fc.record({ kind: fc.constant('skip'), aheadMs: fc.integer({ min: -50, max: 90_000 }) }),
      fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: 0, max: 60 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
        const { recorder, store, files, told, gaps, wait } = setUp();
        const sent: Uint8Array[] = [];
        let endMs = 0;
        for (const [seed, step] of actions.entries()) {
          if ('samples' in step) {
            const pcm = noise(step.samples * 2, seed);
            while (recorder.push(frame(pcm)) === 'no-room') await wait(25);
            sent.push(pcm);
            endMs += step.samples / 16;
          } else if ('aheadMs' in step) {
            recorder.skipTo(Math.round(endMs) + step.aheadMs);
            endMs = Math.max(endMs, Math.round(endMs) + step.aheadMs);
          } else if ('ms' in step) await wait(step.ms);
          else recorder.cut();
        }
        const { isWhole } = await recorder.finish();
        expect(isWhole).toBe(true);
        expect(Buffer.concat(told.map(({ pcm }) => pcm)).equals(Buffer.concat(sent))).toBe(true);

        const segments = await store.segments(liveCapture().userId, liveCapture().id);
        const stored = segments.map(({ index }) => files.sound.get(`${captureId('1')}/${index}`)!);
        expect(Buffer.concat(stored).equals(Buffer.concat(sent))).toBe(true);
        let at = 0;
        let gapCount = 0;
        for (const segment of segments) {
          expect(segment.isSealed).toBe(true);
          expect(segment.byteCount).toBeLessThanOrEqual(minuteBytes);
          expect(segment.startMs).toBeGreaterThanOrEqual(at);
          if (segment.startMs > at) gapCount += 1;
          at = segment.startMs + segment.byteCount / 32;
        }
        expect(gaps).toHaveLength(gapCount);
      }),
      { numRuns: 40 },
    );
  });
});
