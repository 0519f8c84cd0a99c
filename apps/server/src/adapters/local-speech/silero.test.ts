import { describe, expect, it } from 'vitest';
import { blankMemory, loadSilero, windowSamples, type Silero, type SileroRow } from './silero.ts';
import { hasVoice, samplesPerMs, speak } from './sounds.fake.ts';

const load = await loadSilero('@ricky0123/vad-web/dist/silero_vad_v6.onnx');

async function model(): Promise<Silero> {
  if (load.kind === 'absent') throw new Error(load.reason);
  return load.silero;
}

/** The window of the sound that is `index` windows behind `fromMs`. */
function windowOf(samples: Int16Array, fromMs: number, index: number): Int16Array {
  const at = fromMs * samplesPerMs + index * windowSamples;
  return samples.subarray(at, at + windowSamples);
}

describe('silero', () => {
  it('says why it cannot be had', async () => {
    expect(await loadSilero('no-such-package/model.onnx')).toEqual({
      kind: 'absent',
      reason: 'MODULE_NOT_FOUND',
    });
    expect(await loadSilero('zod/package.json')).toMatchObject({ kind: 'absent' });
  });

  it.runIf(hasVoice)('is given the end of the window before with each window', async () => {
    const silero = await model();
    const { samples } = await speak(1);
    const [first, second] = [windowOf(samples, 180, 0), windowOf(samples, 180, 1)];
    const memory = blankMemory();
    await silero.judge([{ samples: first, memory }]);
    expect([...memory.context]).toEqual(
      Array.from(first.subarray(-64), (sample) => sample / 32_768),
    );

    const withoutContext = { ...blankMemory(), state: memory.state.slice() };
    const [whole] = await silero.judge([{ samples: second, memory }]);
    const [cut] = await silero.judge([{ samples: second, memory: withoutContext }]);
    expect(whole).not.toBe(cut);
  });

  it.runIf(hasVoice)('judges each row of a batch as if it were alone', async () => {
    const silero = await model();
    const starts = Array.from({ length: 300 }, (_, index) => 10 * index);
    const { samples } = await speak(2);
    const rows = (memories: readonly SileroRow['memory'][], step: number): SileroRow[] =>
      memories.map((memory, index) => ({
        samples: windowOf(samples, starts[index]!, step),
        memory,
      }));

    const together = starts.map(blankMemory);
    const alone = starts.map(blankMemory);
    for (const step of [0, 1, 2]) {
      const batch = await silero.judge(rows(together, step));
      const single: number[] = [];
      for (const row of rows(alone, step)) single.push((await silero.judge([row]))[0]!);
      expect([...batch]).toEqual(single);
    }
    expect(together).toEqual(alone);
  });
});
