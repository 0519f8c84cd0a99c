import { beforeEach, describe, expect, it } from 'vitest';
import { byteOffset, opusFormat, speechFormat } from '../audio/index.ts';
import { fakeClock, type FakeClock } from '../base/fake-clock.ts';
import { silentLog } from '../base/index.ts';
import {
  alice,
  captureId,
  fakeCaptureStore,
  fakeSegmentFiles,
  liveCapture,
  noise,
  opusPacket,
  phone,
  turns,
  type FakeCaptureStore,
  type FakeSegmentFiles,
} from './fakes.ts';
import { createRecordings, type Recordings } from './recordings.ts';
import type { PastSound, RecordingWriter } from './sound-frame.ts';
import type { CaptureEvent } from './taps.ts';

const id = captureId('f');
const longAgo = 1_600_000_000_000;
const sound: PastSound = {
  userId: alice,
  clientId: phone,
  startedAt: longAgo,
  format: speechFormat,
  origin: 'upload',
};

const late: PastSound = { ...sound, origin: 'late' };

let clock: FakeClock;
let store: FakeCaptureStore;
let files: FakeSegmentFiles;
let events: CaptureEvent[];
let recordings: Recordings;

/** A process: a new one knows only what is stored. */
function startProcess(): void {
  events = [];
  const deps = { store, files, clock, log: silentLog, reconnectGraceMs: 60_000 };
  recordings = createRecordings(deps, (event) => events.push(event));
}

beforeEach(() => {
  clock = fakeClock();
  store = fakeCaptureStore();
  files = fakeSegmentFiles();
  startProcess();
});

/** Lets everything happen that needs no more than a little time. */
async function settle<T>(promise: Promise<T>): Promise<T> {
  const outcome = promise.catch(() => undefined).then(() => 'settled' as const);
  for (let turn = 0; turn < 100; turn += 1) {
    clock.advance(25);
    if ((await Promise.race([outcome, turns()])) === 'settled') break;
  }
  return promise;
}

async function takeUp(): Promise<{ recordedMs: number; writer: RecordingWriter }> {
  const taken = await recordings.takeUp(id, sound);
  if (taken.kind !== 'open') throw new Error('it is over');
  return taken;
}

const frame = (bytes: Uint8Array) => ({ bytes, seq: null, lostBeforeMs: 0 });
const told = () => events.map(({ type }) => type).filter((type) => type !== 'sound');
const stored = () =>
  Buffer.concat(
    [...store.segmentRecords.values()]
      .sort((a, b) => a.index - b.index)
      .map(
        (segment) => files.sound.get(`${segment.captureId}/${segment.index}`) ?? Buffer.alloc(0),
      ),
  );

describe('a recording of the past', () => {
  it('is recorded at its own time, whatever the clock says meanwhile', async () => {
    const writer = recordings.addLate(late);
    const [first, second] = [noise(32_000, 1), noise(32_000, 2)];
    writer.push(frame(first));
    await settle(turns());
    clock.advance(3_600_000);
    writer.push(frame(second));
    const captured = await settle(writer.end());

    expect(store.captures.get(captured)).toMatchObject({
      startedAt: longAgo,
      origin: 'late',
      state: 'sealed',
      endReason: 'stop',
    });
    expect(stored().equals(Buffer.concat([first, second]))).toBe(true);
    expect(told()).toEqual(['opened', 'ended']);
    expect(events.at(-1)).toMatchObject({ type: 'ended', endMs: 2000 });
  });

  it('makes who can wait do so while the disk is behind, and takes no more than its bound', async () => {
    const release = files.hang();
    const { writer } = await takeUp();
    let takenBytes = 0;
    while (writer.push(frame(noise(16_384)))) takenBytes += 16_384;
    expect(takenBytes).toBeLessThan(byteOffset(speechFormat, 60_000));

    const order: string[] = [];
    const room = writer.room().then(() => order.push('room'));
    await settle(turns());
    order.push('released');
    release();
    await settle(room);
    expect(order).toEqual(['released', 'room']);
    await settle(writer.end());
    expect(stored().byteLength).toBe(takenBytes);
  });

  it('is gone on with under its id, without a word twice', async () => {
    const all = noise(200_000);
    const { writer } = await takeUp();
    writer.push(frame(all.subarray(0, 64_000)));
    await settle(writer.abort());
    expect(store.captures.get(id)?.endReason).toBeNull();

    const again = await takeUp();
    expect(again.recordedMs).toBe(2000);
    again.writer.push(frame(all.subarray(64_000)));
    await settle(again.writer.end());
    expect(stored().equals(all)).toBe(true);
    expect(told()).toEqual(['opened', 'away', 'opened', 'away', 'back', 'ended']);
    expect(await recordings.takeUp(id, sound)).toEqual({ kind: 'over' });
  });

  it('is gone on with after a kill, where the sound on the disk ends', async () => {
    const all = noise(200_000);
    const { writer } = await takeUp();
    writer.push(frame(all.subarray(0, 64_000)));
    await settle(turns());
    const onDisk = stored().byteLength;
    expect(onDisk).toBe(64_000);

    startProcess();
    recordings.resume([{ capture: liveCapture({ id, origin: 'upload' }), ...nowhere }]);
    await settle(turns());
    expect(told()).toEqual([]);
    const again = await takeUp();
    expect(again.recordedMs).toBe(2000);
    again.writer.push(frame(all.subarray(onDisk)));
    await settle(again.writer.end());
    expect(stored().equals(all)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'ended', endMs: 6250 });
  });

  it('is written by one at a time', async () => {
    const { writer } = await takeUp();
    await expect(recordings.takeUp(id, sound)).rejects.toMatchObject({ code: 'not_ready' });
    await settle(writer.abort());
    expect((await takeUp()).recordedMs).toBe(0);
  });

  it('never says that sound is stored which is not', async () => {
    const { writer } = await takeUp();
    files.failure = new Error('disk on fire');
    writer.push(frame(noise(32_000)));
    const ended = settle(writer.end());
    await expect(ended).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(writer.push(frame(noise(32_000)))).toBe(false);
    expect(store.captures.get(id)?.endReason).toBeNull();
  });
});

const nowhere = { endMs: 0, nextIndex: 0, lastSeq: null };

describe('after a restart', () => {
  it('what came from a device is ended, and what had ended is sealed', async () => {
    const late = liveCapture({ id: captureId('a'), origin: 'late' });
    const ended = liveCapture({
      id: captureId('b'),
      origin: 'upload',
      state: 'ended',
      endedAt: clock.now(),
      endReason: 'stop',
    });
    for (const capture of [late, ended]) await store.add(capture);
    recordings.resume([late, ended].map((capture) => ({ capture, ...nowhere })));
    await settle(recordings.drain());
    expect(store.captures.get(late.id)).toMatchObject({ state: 'sealed', endReason: 'lost' });
    expect(store.captures.get(ended.id)).toMatchObject({ state: 'sealed', endReason: 'stop' });
    expect(told().filter((type) => type === 'ended')).toHaveLength(2);
  });
});

describe('what a device sends late', () => {
  const [first, second, third] = [noise(32_000, 1), noise(32_000, 2), noise(32_000, 3)];
  const starts = () =>
    [...store.captures.values()].map(({ startedAt, endReason, state }) => [
      startedAt - longAgo,
      endReason,
      state,
    ]);

  async function send(...pieces: readonly Uint8Array[]): Promise<RecordingWriter> {
    const writer = recordings.addLate(late);
    for (const piece of pieces) expect(writer.push(frame(piece))).toBe(true);
    await settle(turns());
    return writer;
  }

  it('and sends again from its beginning, having been cut off, is neither doubled nor missing', async () => {
    const cutOff = await send(first, second.subarray(0, 10_000));
    await settle(cutOff.abort());
    const again = await send(first, second, third);
    await settle(again.end());
    expect(stored().equals(Buffer.concat([first, second, third]))).toBe(true);
    expect(starts()).toEqual([
      [0, 'lost', 'sealed'],
      [1313, 'stop', 'sealed'],
    ]);
  });

  it('and was cut off by a restart goes on behind what was saved', async () => {
    await send(first);
    await settle(recordings.drain());
    startProcess();
    const again = await send(first, second);
    await settle(again.end());
    expect(stored().equals(Buffer.concat([first, second]))).toBe(true);
  });

  it('and was cut off again and again is whole in the end', async () => {
    const whole = Buffer.concat([first, second, third]);
    for (const bytes of [4_000, 20_000, 50_000, 50_000]) {
      const attempt = await send(whole.subarray(0, bytes));
      await settle(attempt.abort());
    }
    const last = await send(whole);
    await settle(last.end());
    expect(stored().equals(whole)).toBe(true);
  });

  it('and was sent whole before is not recorded again', async () => {
    const writer = await send(first);
    const id = await settle(writer.end());
    const again = await send(first, second);
    expect(await settle(again.end())).toBe(id);
    expect(stored().equals(Buffer.from(first))).toBe(true);
  });

  it('over a dead connection is taken over by a new one', async () => {
    await send(first, second);
    const again = await send(first, second, third);
    await settle(again.end());
    expect(stored().equals(Buffer.concat([first, second, third]))).toBe(true);
  });

  it('is passed over packet by packet where it is Opus', async () => {
    const packets = Array.from({ length: 10 }, (_, value) => opusPacket(value));
    const opusSound = { ...late, format: opusFormat };
    const cutOff = recordings.addLate(opusSound);
    for (const packet of packets.slice(0, 4)) cutOff.push(frame(packet));
    await settle(cutOff.abort());
    const again = recordings.addLate(opusSound);
    for (const packet of packets) again.push(frame(packet));
    await settle(again.end());
    const chunks = [...store.segmentRecords.values()].map(({ durationMs }) => durationMs);
    expect(chunks).toEqual([80, 120]);
  });
});

describe('when the server stops', () => {
  it('what its sender has ended already ends well', async () => {
    const writer = recordings.addLate(late);
    writer.push(frame(noise(32_000)));
    const ended = writer.end();
    await settle(recordings.drain());
    expect(store.captures.get(await ended)).toMatchObject({ state: 'sealed', endReason: 'stop' });
  });

  it('what was taken is written, nothing is ended, and nothing more is taken', async () => {
    const { writer } = await takeUp();
    writer.push(frame(noise(32_000)));
    await settle(recordings.drain());
    expect(stored().byteLength).toBe(32_000);
    expect(store.captures.get(id)).toMatchObject({ state: 'away', endReason: null });
    expect(writer.push(frame(noise(32_000)))).toBe(false);
    await expect(writer.room()).rejects.toMatchObject({ code: 'shutting_down' });
    await expect(writer.end()).rejects.toMatchObject({ code: 'shutting_down' });
    await expect(recordings.takeUp(id, sound)).rejects.toMatchObject({ code: 'shutting_down' });
    expect(store.captures.get(id)?.endReason).toBeNull();
  });
});
