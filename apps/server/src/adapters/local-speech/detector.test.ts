import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Span, VoiceActivity, VoiceActivityDetector } from '../../audio/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { silentLog, systemClock } from '../../base/index.ts';
import { detectorOver, localVoiceActivity, spawnVadWorker } from './detector.ts';
import { concat, hasVoice, samplesPerMs, speak, tone, whiteNoise } from './sounds.fake.ts';

if (!hasVoice) console.warn('skipped, no speech without flite: apt-get install flite');

const tools = { clock: systemClock, log: silentLog };
const detectors: VoiceActivityDetector[] = [];

function started(detector = localVoiceActivity(tools)): VoiceActivityDetector {
  detectors.push(detector);
  return detector;
}

afterEach(async () => {
  await Promise.all(detectors.splice(0).map((detector) => detector.dispose()));
});

/** Pushes the sound in pieces of 20 ms, waiting where the detector is behind. */
async function pushAll(
  detector: VoiceActivityDetector,
  streamId: string,
  samples: Int16Array,
): Promise<void> {
  const piece = 20 * samplesPerMs;
  for (let at = 0; at < samples.length; at += piece) {
    const sound = samples.subarray(at, at + piece);
    await vi.waitUntil(() => detector.push(streamId, sound), { timeout: 5000 });
  }
}

/** Everything the detector says of the sound, heard as one stretch from `startMs`. */
async function hear(
  detector: VoiceActivityDetector,
  samples: Int16Array,
  { streamId = 'stream', startMs = 0 } = {},
): Promise<{ regions: Span[]; reports: VoiceActivity[] }> {
  const reports: VoiceActivity[] = [];
  detector.open(streamId, startMs, (activity) => reports.push(activity));
  await pushAll(detector, streamId, samples);
  await detector.flush(streamId);
  return { reports, regions: reports.flatMap(({ ended }) => ended) };
}

function expectWithin(regions: readonly Span[], truth: readonly Span[], toleranceMs: number): void {
  expect(regions).toHaveLength(truth.length);
  truth.forEach((line, index) => {
    const region = regions[index]!;
    expect(Math.abs(region.startMs - line.startMs)).toBeLessThanOrEqual(toleranceMs);
    expect(Math.abs(region.endMs - line.endMs)).toBeLessThanOrEqual(toleranceMs);
  });
}

const silence = (ms: number): Int16Array => new Int16Array(ms * samplesPerMs);

describe('localVoiceActivity', () => {
  it('hears with Silero version 6', async () => {
    expect(await started().describe()).toEqual({ engine: 'silero-v6', note: null });
  });

  it.each([
    ['silence', silence(5000)],
    ['faint hiss', whiteNoise(5000, 5)],
    ['loud noise', whiteNoise(5000, 2000)],
    ['a tone', tone(5000, 440, 8000)],
  ])('hears no speech in %s', async (_, samples) => {
    const { regions, reports } = await hear(started(), samples);
    expect(regions).toEqual([]);
    expect(reports.at(-1)).toMatchObject({ analyzedMs: 5000, speakingSinceMs: null });
  });

  it('tells how loud it is', async () => {
    const { reports } = await hear(started(), concat(silence(1000), tone(1000, 440, 3277)));
    expect(reports[0]!.levelDb).toBe(-100);
    expect(reports.at(-1)!.levelDb).toBeCloseTo(-23, 0);
  });

  it('gives every report a later time than the one before', async () => {
    const { reports } = await hear(started(), whiteNoise(3000, 300), { startMs: 500.0625 });
    const times = reports.map(({ analyzedMs }) => analyzedMs);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(times.at(-1)).toBe(3500.0625);
  });

  it('takes no more than 30 s that it has not heard', async () => {
    const detector = started();
    detector.open('stream', 0, () => undefined);
    const second = silence(1000);
    let accepted = 0;
    while (detector.push('stream', second)) accepted += 1;
    expect(accepted).toBe(30);
    await detector.flush('stream');
    expect(detector.push('stream', second)).toBe(true);
  });

  it('keeps its own copy of what it is given', async () => {
    const detector = started();
    const reports: VoiceActivity[] = [];
    detector.open('stream', 0, (activity) => reports.push(activity));
    const buffer = tone(200, 440, 8000);
    detector.push('stream', buffer);
    buffer.fill(0);
    await detector.flush('stream');
    expect(reports.at(-1)!.levelDb).toBeGreaterThan(-20);
  });

  it('reports nothing of a stream that was closed or opened anew', async () => {
    const detector = started();
    const [stale, fresh] = [vi.fn(), vi.fn<(activity: VoiceActivity) => void>()];
    detector.open('stream', 0, stale);
    detector.push('stream', silence(500));
    const flushed = detector.flush('stream');
    detector.open('stream', 90_000, fresh);
    detector.push('stream', silence(500));
    await detector.flush('stream');
    await flushed;
    expect(stale).not.toHaveBeenCalled();
    expect(fresh.mock.lastCall?.[0].analyzedMs).toBe(90_500);

    detector.close('stream');
    expect(detector.push('stream', silence(20))).toBe(false);
    await expect(detector.flush('stream')).rejects.toThrow('not open');
  });

  it('goes on with the others when a listener throws', async () => {
    const log = { ...silentLog, error: vi.fn() };
    const detector = started(localVoiceActivity({ ...tools, log }));
    detector.open('bad', 0, () => {
      throw new Error('no');
    });
    detector.push('bad', silence(500));
    const { reports } = await hear(detector, silence(500));
    expect(reports.at(-1)!.analyzedMs).toBe(500);
    expect(log.error).toHaveBeenCalled();
  });

  it('keeps no process alive', () => {
    const code = `
      const { localVoiceActivity } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const clock = { now: Date.now, monotonic: () => performance.now(),
        after(ms, task) { const timer = setTimeout(task, ms).unref(); return () => clearTimeout(timer); } };
      const detector = localVoiceActivity({ log, clock });
      detector.open('stream', 0, () => {});
      detector.push('stream', new Int16Array(16000));
      await detector.flush('stream');
      console.log('heard');`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      timeout: 9000,
    });
    expect(output).toBe('heard\n');
  });
});

describe('a worker that dies', () => {
  /** A detector and a way to kill its present worker. */
  function mortal() {
    const workers: Worker[] = [];
    const detector = detectorOver(() => {
      const worker = spawnVadWorker({ modelFile: '@ricky0123/vad-web/dist/silero_vad_v6.onnx' });
      workers.push(worker);
      return worker;
    }, tools);
    return { detector: started(detector), workers, kill: () => workers.at(-1)!.terminate() };
  }

  it('is replaced; its streams take no sound until they are opened again', async () => {
    const { detector, workers, kill } = mortal();
    await hear(detector, silence(500));
    detector.push('stream', silence(29_000));
    const flushed = detector.flush('stream');
    await Promise.all([expect(flushed).rejects.toThrow(), kill()]);
    expect(detector.push('stream', silence(20))).toBe(false);
    await vi.waitUntil(() => workers.length === 2, { timeout: 5000 });
    expect(detector.push('stream', silence(20))).toBe(false);

    const { reports } = await hear(detector, silence(500), { startMs: 700 });
    expect(reports.at(-1)!.analyzedMs).toBe(1200);
  });

  it('hears what was opened while there was none', async () => {
    const { detector, kill } = mortal();
    await hear(detector, silence(500));
    await kill();
    const { reports } = await hear(detector, silence(500), { startMs: 700 });
    expect(reports.at(-1)!.analyzedMs).toBe(1200);
  });

  it.runIf(hasVoice)('costs no speech of a caller who goes on from the last report', async () => {
    const { samples } = await speak(2);
    const { regions: truth } = await hear(started(), samples);

    const { detector, kill } = mortal();
    const regions: Span[] = [];
    let analyzedMs = 0;
    const listen = (activity: VoiceActivity): void => {
      analyzedMs = activity.analyzedMs;
      regions.push(...activity.ended);
    };
    detector.open('stream', 0, listen);
    await pushAll(detector, 'stream', samples.subarray(0, 2000 * samplesPerMs));
    await vi.waitUntil(() => analyzedMs > 1500, { timeout: 5000 });
    await kill();
    const resumedMs = analyzedMs - 2000;
    detector.open('stream', Math.max(0, resumedMs), listen);
    await pushAll(detector, 'stream', samples.subarray(Math.max(0, resumedMs) * samplesPerMs));
    await detector.flush('stream');
    expect(regions).toEqual(truth);
  });

  it('is ended when it hangs, and started less and less often while that does not help', async () => {
    const clock = fakeClock();
    const starts: number[] = [];
    const detector = started(
      detectorOver(
        () => {
          starts.push(clock.monotonic());
          return new Worker('process.exit(1)', { eval: true });
        },
        { clock, log: silentLog },
      ),
    );
    for (let count = 1; count < 5; count++) {
      await vi.waitUntil(() => (clock.advance(50), starts.length > count), { timeout: 5000 });
    }
    const waits = starts.map((at, index) => at - (starts[index - 1] ?? at)).slice(1);
    waits.reduce((before, wait) => {
      expect(wait).toBeGreaterThan(before);
      return wait;
    }, 0);
    await detector.dispose();

    const hung: Worker[] = [];
    const deaf = started(
      detectorOver(
        () => {
          const code = `require('node:worker_threads').parentPort.on('message', () => {})`;
          hung.push(new Worker(code, { eval: true }));
          return hung.at(-1)!;
        },
        { clock, log: silentLog },
      ),
    );
    deaf.open('stream', 0, () => undefined);
    deaf.push('stream', silence(100));
    const flushed = deaf.flush('stream');
    clock.advance(30_000);
    await expect(flushed).rejects.toThrow('worker ended');
  });
});

describe('without the model', () => {
  const fallback = () =>
    started(detectorOver(() => spawnVadWorker({ modelFile: 'no-such-package/model' }), tools));

  it('says so and what to do', async () => {
    const { engine, note } = await fallback().describe();
    expect(engine).toBe('webrtc');
    expect(note).toContain('npm install');
  });

  it('hears no speech in silence', async () => {
    expect((await hear(fallback(), silence(3000))).regions).toEqual([]);
  });

  it.runIf(hasVoice)('still finds speech, within 250 ms', async () => {
    const { samples, truth } = await speak(4);
    expectWithin((await hear(fallback(), samples)).regions, truth, 250);
  });
});

describe.runIf(hasVoice)('speech', () => {
  it('is found within 150 ms', async () => {
    const { samples, truth } = await speak(4);
    expectWithin((await hear(started(), samples)).regions, truth, 150);
  });

  it('is found in noise 20 dB below it', async () => {
    const { samples, truth } = await speak(4);
    const noise = whiteNoise(samples.length / samplesPerMs + 1, 150);
    const noisy = samples.map((sample, i) => sample + noise[i]!);
    expectWithin((await hear(started(), noisy)).regions, truth, 250);
  });

  it('is reported while it goes on', async () => {
    const { samples, truth } = await speak(1);
    const { reports, regions } = await hear(started(), samples);
    const during = reports.filter(({ speakingSinceMs }) => speakingSinceMs !== null);
    expect(during.length).toBeGreaterThan(1);
    expect(new Set(during.map(({ speakingSinceMs }) => speakingSinceMs))).toEqual(
      new Set([regions[0]!.startMs]),
    );
    expect(during[0]!.analyzedMs).toBeLessThan(truth[0]!.endMs);
  });

  it('ends where a flush cuts it, and goes on behind', async () => {
    const { samples, truth } = await speak(1);
    const cutMs = 1510;
    const detector = started();
    const first = await hear(detector, samples.subarray(0, cutMs * samplesPerMs));
    expect(first.regions).toHaveLength(1);
    expect(first.regions[0]!.endMs).toBe(cutMs);
    await pushAll(detector, 'stream', samples.subarray(cutMs * samplesPerMs));
    await detector.flush('stream');
    const all = first.reports.flatMap(({ ended }) => ended);
    expect(all.at(1)!.startMs).toBeGreaterThanOrEqual(cutMs);
    expect(Math.abs(all.at(-1)!.endMs - truth[0]!.endMs)).toBeLessThanOrEqual(150);
  });

  it(
    'is the same in two hundred streams at once as in each alone',
    { timeout: 60_000 },
    async () => {
      const { samples } = await speak(1);
      const detector = started();
      const variants = Array.from({ length: 20 }, (_, index) =>
        concat(silence(37 * index), samples, whiteNoise(100 * index, 200)),
      );
      const alone: Span[][] = [];
      for (const sound of variants) alone.push((await hear(detector, sound)).regions);

      const together = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          hear(detector, variants[index % 20]!, { streamId: `stream ${index}` }),
        ),
      );
      together.forEach(({ regions }, index) => expect(regions).toEqual(alone[index % 20]));
    },
  );
});
