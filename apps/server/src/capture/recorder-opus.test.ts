import { describe, expect, it } from 'vitest';
import { isLostPacket, opusFormat, speechFormat, type AudioFormat } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import {
  alice,
  captureId,
  fakeCaptureStore,
  fakeSegmentFiles,
  liveCapture,
  noise,
  opusPacket,
  turns,
} from './fakes.ts';
import type { Gap } from './ports.ts';
import { createRecorder, type RecordedSound } from './recorder.ts';

function setUp(format: AudioFormat = opusFormat, lastSeq: number | null = null) {
  const clock = fakeClock();
  const store = fakeCaptureStore();
  const files = fakeSegmentFiles();
  const told: RecordedSound[] = [];
  const gaps: Gap[] = [];
  const durable: number[] = [];
  const pressure: boolean[] = [];
  const recorder = createRecorder(
    liveCapture({ format }),
    Promise.resolve(),
    { endMs: 0, nextIndex: 0, lastSeq },
    { store, files, clock },
    {
      onSound: (sound) => told.push(sound),
      onGap: (gap) => gaps.push(gap),
      onDurable: (seq) => durable.push(seq),
      onPressure: (isFull) => pressure.push(isFull),
      onFailure: (error) => {
        throw error;
      },
    },
  );
  const wait = async (ms: number) => {
    clock.advance(ms);
    await turns();
  };
  const push = (value: number, seq: number | null = null, lostBeforeMs = 0) =>
    recorder.push({
      bytes: format.encoding === 'opus' ? opusPacket(value) : noise(640, value),
      seq,
      lostBeforeMs,
    });
  const chunks = (index: number) => files.chunks.get(`${captureId('1')}/${index}`) ?? [];
  const segments = () => store.segments(alice, captureId('1'));
  return { clock, files, told, gaps, durable, pressure, recorder, wait, push, chunks, segments };
}

describe('recording Opus', () => {
  it('keeps packets as they are, in one append for those that come together', async () => {
    const { push, wait, chunks, told, files } = setUp();
    push(1);
    await wait(20);
    push(2);
    await wait(5);
    expect(files.appends).toBe(1);
    expect(chunks(0).map(({ chunk }) => chunk)).toEqual([opusPacket(1), opusPacket(2)]);
    expect(told).toEqual([{ startMs: 0, endMs: 40, chunks: [opusPacket(1), opusPacket(2)] }]);
  });

  it('puts lost packets where they are missing, and lists them as a gap of the segment', async () => {
    const { push, chunks, told, gaps, segments, recorder } = setUp();
    push(1);
    push(2, null, 40);
    push(3);
    push(4, null, 20);
    await recorder.finish();
    expect(chunks(0).map(({ chunk }) => isLostPacket(chunk))).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(await segments()).toMatchObject([
      {
        startMs: 0,
        durationMs: 140,
        gaps: [
          { startMs: 20, endMs: 60 },
          { startMs: 100, endMs: 120 },
        ],
        isSealed: true,
      },
    ]);
    expect(told.at(-1)?.endMs).toBe(140);
    expect(gaps).toEqual([]);
  });

  it('starts a new segment behind a loss that is too long to conceal', async () => {
    const { push, gaps, segments, recorder } = setUp();
    push(1);
    push(2, null, 6_000);
    await recorder.finish();
    expect((await segments()).map(({ startMs }) => startMs)).toEqual([0, 6_020]);
    expect(gaps).toEqual([{ startMs: 20, endMs: 6_020 }]);
  });

  it('ends a segment at 60 s between two packets', async () => {
    const { push, wait, segments, recorder, told } = setUp();
    for (let packet = 0; packet < 3_002; packet += 1) {
      push(packet % 200);
      if (packet % 50 === 0) await wait(25);
    }
    await recorder.finish();
    expect(await segments()).toMatchObject([
      { startMs: 0, durationMs: 60_000 },
      { startMs: 60_000, durationMs: 40 },
    ]);
    expect(told.flatMap(({ chunks }) => chunks)).toHaveLength(3_002);
  });

  it('does not take what is no packet', () => {
    const { recorder } = setUp();
    const bytes = Uint8Array.of((23 << 3) | 3);
    expect(recorder.push({ bytes, seq: null, lostBeforeMs: 0 })).toBe('unreadable');
  });

  it('bounds what waits by its time, however small the packets are', async () => {
    const { recorder, files, wait, pressure } = setUp();
    const release = files.hang();
    const bytes = Uint8Array.of(11 << 3);
    let taken = 0;
    while (recorder.push({ bytes, seq: null, lostBeforeMs: 0 }) === 'taken') taken += 1;
    expect(taken * 60).toBeLessThan(200_000);
    expect(pressure).toEqual([true]);
    await wait(25);
    release();
    await turns();
    expect(pressure).toEqual([true, false]);
  });
});

describe.each([opusFormat, speechFormat])('recording numbered frames ($encoding)', (format) => {
  it('notes with each append the highest number in it', async () => {
    const { push, wait, chunks } = setUp(format);
    push(1, 1);
    await wait(25);
    push(2, 2);
    push(3, 3);
    await wait(25);
    expect(chunks(0).map(({ lastSeq }) => lastSeq)).toEqual(
      format === opusFormat ? [1, 3, 3] : [1, 3],
    );
  });

  it('tells a number as durable once it was synced, within 500 ms', async () => {
    const { push, wait, durable, files } = setUp(format);
    push(1, 1);
    await wait(25);
    expect(durable).toEqual([]);
    const release = files.hangSyncs();
    await wait(475);
    push(2, 2);
    await wait(25);
    expect(durable).toEqual([]);
    release();
    await turns();
    expect(durable).toEqual([1]);
    await wait(500);
    expect(durable).toEqual([1, 2]);
  });

  it('tells none while an earlier segment is not on disk', async () => {
    const { push, wait, durable, files, recorder } = setUp(format);
    push(1, 1);
    await wait(25);
    const release = files.hangSyncs();
    recorder.cut();
    await turns();
    push(2, 2);
    await wait(25);
    await wait(500);
    expect(durable).toEqual([]);
    release();
    await turns();
    await turns();
    expect(durable).toEqual([1, 2]);
  });

  it('keeps the last number in the record of a sealed segment, and forgets the journal', async () => {
    const { push, recorder, segments, files } = setUp(format);
    push(1, 41);
    push(2, 42);
    await recorder.finish();
    expect(await segments()).toMatchObject([{ lastSeq: 42, isSealed: true }]);
    expect([...files.forgotten]).toEqual([`${captureId('1')}/0`]);
  });

  it('goes on numbering in the segments of a capture that is taken up again', async () => {
    const { push, wait, chunks } = setUp(format, 10);
    push(1);
    await wait(25);
    expect(chunks(0).map(({ lastSeq }) => lastSeq)).toEqual([10]);
  });
});

it('frames without numbers leave no journal, and are synced less often', async () => {
  const { push, wait, chunks, durable, files } = setUp();
  push(1);
  await wait(25);
  await wait(1000);
  expect(files.syncs).toBe(0);
  await wait(1000);
  expect(files.syncs).toBe(1);
  expect(chunks(0).map(({ lastSeq }) => lastSeq)).toEqual([null]);
  expect(durable).toEqual([]);
});
