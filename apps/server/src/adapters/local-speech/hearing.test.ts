import { describe, expect, it } from 'vitest';
import { createHearing } from './hearing.ts';
import type { Report } from './parcel.ts';
import type { Silero } from './silero.ts';
import { concat, samplesPerMs, tone } from './sounds.fake.ts';
import type { WebRtcVadFactory } from './webrtc-vad.ts';

/** A gate that lets through every window with sound in it. */
const openToSound: WebRtcVadFactory = () => ({
  voicedShare: (samples) => (samples.some((sample) => sample !== 0) ? 1 : 0),
  reset: () => undefined,
  free: () => undefined,
});

/** A model that takes everything loud for speech and keeps count. */
function countingModel(): { silero: Silero; batches: number[] } {
  const batches: number[] = [];
  const silero: Silero = {
    async judge(rows) {
      batches.push(rows.length);
      return Float32Array.from(rows, ({ samples }) =>
        samples.some((sample) => Math.abs(sample) > 1000) ? 1 : 0,
      );
    },
  };
  return { silero, batches };
}

const windowMs = 32;
const silence = (windows: number): Int16Array => new Int16Array(windows * windowMs * samplesPerMs);
const sound = (windows: number): Int16Array => tone(windows * windowMs, 437, 8000);

/** Hears the sounds, one stream each, a second at a time. */
async function hearing(...sounds: readonly Int16Array[]) {
  const { silero, batches } = countingModel();
  const ears = createHearing({
    webRtcVad: openToSound,
    silero: { kind: 'loaded', silero },
  });
  const reports: Report[] = [];
  const longest = Math.max(...sounds.map(({ length }) => length));
  for (let at = 0; at < longest; at += 16_000) {
    const parts = sounds.map((whole) => whole.subarray(at, at + 16_000));
    reports.push(
      ...(await ears.hear({
        closed: [],
        opened: at === 0 ? sounds.map((_, key) => ({ key, startMs: 0 })) : [],
        parts: parts.map(({ length }, key) => ({
          key,
          sampleCount: length,
          isFlush: at + 16_000 >= longest,
        })),
        samples: concat(...parts),
      })),
    );
  }
  const regions = (key: number) =>
    reports.filter((report) => report.key === key).flatMap(({ ended }) => ended);
  return { batches, windows: batches.reduce((sum, size) => sum + size, 0), regions, reports };
}

describe('the gate', () => {
  it('spares the model silence', async () => {
    expect((await hearing(silence(200))).windows).toBe(0);
  });

  it('gives the model 320 ms of run-up before the first sound', async () => {
    expect((await hearing(concat(silence(50), sound(20)))).windows).toBe(10 + 20);
    expect((await hearing(concat(silence(4), sound(20)))).windows).toBe(4 + 20);
  });

  it('stays open for a second, so that the model keeps its memory between words', async () => {
    const long = await hearing(concat(sound(20), silence(200)));
    expect(long.windows).toBe(20 + 31);
    const twoWords = concat(sound(20), silence(31), sound(20));
    expect((await hearing(twoWords)).windows).toBe(71);
  });

  it('loses no time over windows that were not judged', async () => {
    const { reports } = await hearing(concat(silence(100), sound(20), silence(100)));
    expect(reports.at(-1)).toMatchObject({ analyzedMs: 220 * windowMs, speakingSinceMs: null });
  });

  it('finds the region where the sound is', async () => {
    const { regions } = await hearing(concat(silence(50), sound(20), silence(60), sound(30)));
    expect(regions(0)).toEqual([
      { startMs: 50 * windowMs - 100, endMs: 70 * windowMs },
      { startMs: 130 * windowMs - 100, endMs: 160 * windowMs },
    ]);
  });

  it('hears what is left of a window at the end', async () => {
    const { reports, regions } = await hearing(tone(1010, 437, 8000));
    expect(reports.at(-1)!.analyzedMs).toBe(1010);
    expect(regions(0)).toEqual([{ startMs: 0, endMs: 1010 }]);
  });
});

describe('streams', () => {
  it('share batches', async () => {
    const { batches } = await hearing(sound(31), sound(31), concat(silence(10), sound(21)));
    expect(batches).toEqual(new Array(31).fill(3));
  });

  it('are heard by the gate alone where there is no model', async () => {
    const ears = createHearing({
      webRtcVad: openToSound,
      silero: { kind: 'absent', reason: 'MODULE_NOT_FOUND' },
    });
    const samples = concat(silence(20), sound(20));
    const reports = await ears.hear({
      closed: [],
      opened: [{ key: 7, startMs: 1000 }],
      parts: [{ key: 7, sampleCount: samples.length, isFlush: true }],
      samples,
    });
    expect(ears.info.engine).toBe('webrtc');
    expect(reports[0]!.ended).toEqual([{ startMs: 1540, endMs: 2280 }]);
  });

  it('that are not open are passed over', async () => {
    const ears = createHearing({
      webRtcVad: openToSound,
      silero: { kind: 'absent', reason: '' },
    });
    const part = { key: 1, sampleCount: 512, isFlush: true };
    const samples = new Int16Array(512);
    expect(await ears.hear({ closed: [], opened: [], parts: [part], samples })).toEqual([]);
    await ears.hear({ closed: [], opened: [{ key: 1, startMs: 0 }], parts: [], samples });
    await ears.hear({ closed: [1], opened: [], parts: [], samples });
    expect(await ears.hear({ closed: [], opened: [], parts: [part], samples })).toEqual([]);
  });
});
