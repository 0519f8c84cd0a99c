import { describe, expect, it } from 'vitest';
import { silentLog } from '../base/index.ts';
import {
  alice,
  captureId,
  fakeCaptureStore,
  fakeSegmentFiles,
  liveCapture,
  noise,
} from './fakes.ts';
import { repairCaptures } from './repair.ts';

async function setUp() {
  const store = fakeCaptureStore();
  const files = fakeSegmentFiles();
  const put = async (index: number, startMs: number, byteCount: number, isSealed: boolean) =>
    store.putSegment({
      captureId: captureId('1'),
      userId: alice,
      index,
      startMs,
      byteCount,
      durationMs: byteCount / 32,
      gaps: [],
      lastSeq: null,
      isSealed,
    });
  const write = (index: number, byteCount: number) =>
    files.sound.set(`${captureId('1')}/${index}`, noise(byteCount));
  const repair = () => repairCaptures({ store, files, log: silentLog });
  await store.add(liveCapture());
  return { store, files, put, write, repair };
}

describe('repair after a crash', () => {
  it('seals the open segment at its last whole sample', async () => {
    const { store, put, write, repair } = await setUp();
    await put(0, 0, 1_920_000, true);
    await put(1, 60_000, 0, false);
    write(1, 3201);
    expect(await repair()).toEqual([
      { capture: liveCapture(), endMs: 60_100, nextIndex: 2, lastSeq: null },
    ]);
    expect(store.segmentRecords.get(`${captureId('1')}/1`)).toMatchObject({
      byteCount: 3200,
      isSealed: true,
    });
  });

  it('drops a record without a file, and a file without sound', async () => {
    const { store, files, put, write, repair } = await setUp();
    await put(0, 0, 640, true);
    await put(1, 20, 0, false);
    await put(2, 500, 0, false);
    write(2, 0);
    expect(await repair()).toEqual([
      { capture: liveCapture(), endMs: 20, nextIndex: 1, lastSeq: null },
    ]);
    expect([...store.segmentRecords.keys()]).toEqual([`${captureId('1')}/0`]);
    expect([...files.sound.keys()]).toEqual([]);
  });

  it('leaves sealed captures and sealed segments alone', async () => {
    const { store, files, put, repair } = await setUp();
    await store.add(liveCapture({ id: captureId('2'), state: 'sealed' }));
    await put(0, 0, 640, true);
    files.repair = () => Promise.reject(new Error('touched'));
    const recovered = await repair();
    expect(recovered.map(({ capture }) => capture.id)).toEqual([captureId('1')]);
  });

  it('goes on when one capture cannot be repaired', async () => {
    const { store, files, put, repair } = await setUp();
    await store.add(liveCapture({ id: captureId('2') }));
    await put(0, 0, 0, false);
    files.repair = () => Promise.reject(new Error('EIO'));
    const recovered = await repair();
    expect(recovered.map(({ capture }) => capture.id)).toEqual([captureId('2')]);
  });
});
