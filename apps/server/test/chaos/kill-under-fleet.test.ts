import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  frameMs,
  opusPackets,
  plainDevice,
  seededRandom,
  startFleet,
  type DeviceSpec,
  type Findings,
} from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { checkCapture, storedCaptures } from '../harness/recordings.ts';
import { startServerProcess, temporaryDirectory } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import { signIn } from '../harness/walk.ts';

const kills = Number(process.env.KILLS ?? 4);
const seed = Number(process.env.SEED ?? 20260101);
/** Every so many kills, all is checked and removed, so that the disk does not fill with the hours of sound of a long run. */
const killsPerRound = 50;
/** What one kill may cost a stream that has nothing confirmed, by the law of durability. */
const maxLossMs = 250;
const maxRecoveryMs = 3000;
/** From the moment the server is ready again to the next kill. */
const streamingMs = { least: 300, spread: 600 };

const kinds: readonly Pick<DeviceSpec, 'codec' | 'mode'>[] = [
  ...Array.from({ length: 10 }, () => ({ codec: 'pcm', mode: 'ack' }) as const),
  ...Array.from({ length: 5 }, () => ({ codec: 'pcm', mode: 'raw' }) as const),
  ...Array.from({ length: 5 }, () => ({ codec: 'opus', mode: 'ack' }) as const),
];
const devices: readonly DeviceSpec[] = kinds.map((kind, device) => ({
  ...plainDevice,
  ...kind,
  device,
  name: `dev-${device}`,
  jitterMs: 5,
  driftPpm: (device - 10) * 10,
  startAfterMs: device * 3,
}));

const environment = {
  LOCAL_ASR_ENABLED: 'false',
  AUDIO_SOCKETS_PER_USER: '100',
  RECONNECT_GRACE_SECONDS: '60',
  PACK_AUDIO_ENABLED: 'false',
  LOG_LEVEL: 'warn',
};

interface DeviceOutcome extends Findings {
  readonly spec: DeviceSpec;
  readonly name: string;
  readonly captureCount: number;
  readonly sentFrames: number;
  readonly ackedFrames: number;
  /** By kill. */
  readonly lossMs: readonly number[];
  readonly errors: Readonly<Record<string, number>>;
}

describe(`${kills} times kill -9 under ${devices.length} devices that stream (seed ${seed})`, () => {
  it('loses nothing that was confirmed and doubles nothing, and is soon back', async () => {
    const random = seededRandom(seed);
    const pool = opusPackets();
    const recoveriesMs: number[] = [];
    const outcomes: DeviceOutcome[] = [];
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    for (let done = 0; done < kills; done += killsPerRound) {
      const round = await killedRound(Math.min(killsPerRound, kills - done), random, pool);
      recoveriesMs.push(...round.recoveriesMs);
      outcomes.push(...round.outcomes);
    }
    console.table(report(recoveriesMs, outcomes));
    // What the machine kept this idle process waiting, it kept the server waiting, too: to judge a failure by.
    console.log(`longest wait for the CPU: ${(delays.max / 1e6).toFixed(0)} ms`);

    for (const { spec, ...outcome } of outcomes) {
      const seen = { ...outcome, lost: spec.mode === 'ack' ? outcome.lost : [] };
      expect(seen).toMatchObject({ captureCount: 1, duplicated: 0, misplaced: 0, foreign: 0 });
      expect(seen).toMatchObject({ lost: [], lostAcked: 0 });
      if (spec.mode === 'ack') expect(outcome).toMatchObject({ torn: 0 });
      if (spec.mode === 'ack') expect(outcome.ackedFrames).toBe(outcome.sentFrames);
      expect(outcome.sentFrames).toBeGreaterThan(0);
      expect(Math.max(0, ...outcome.lossMs)).toBeLessThanOrEqual(maxLossMs);
    }
    expect(recoveriesMs).toHaveLength(kills);
    expect(Math.max(...recoveriesMs)).toBeLessThan(maxRecoveryMs);
  });
});

async function killedRound(
  count: number,
  random: () => number,
  pool: readonly Uint8Array[],
): Promise<{
  readonly recoveriesMs: readonly number[];
  readonly outcomes: readonly DeviceOutcome[];
}> {
  using directory = temporaryDirectory();
  let server = await startServerProcess(directory.path, environment);
  const { url } = server;
  const fixedPort = { ...environment, PORT: new URL(url).port };
  const { token } = await signIn(url);
  const fleet = startFleet({ url, token, seed, devices });
  try {
    await fleet.running;
    const killedAt: number[] = [];
    const recoveriesMs: number[] = [];
    for (let kill = 0; kill < count; kill += 1) {
      await sleep(streamingMs.least + random() * streamingMs.spread);
      killedAt.push(performance.timeOrigin + performance.now());
      await server.kill();
      server = await startServerProcess(directory.path, fixedPort);
      recoveriesMs.push(server.bootMs);
    }
    await sleep(1000);
    const { truths } = await fleet.stop();
    const captures = await until(() => {
      const stored = storedCaptures(directory.path);
      return stored.every(({ state }) => state === 'sealed') ? stored : null;
    }, 30_000);
    const outcomes: DeviceOutcome[] = [];
    for (const spec of devices) {
      const own = captures.filter(({ clientId }) => clientId.endsWith(`-${spec.name}`));
      const truth = truths.get(spec.device);
      const [capture] = own;
      if (!truth || !capture) throw new Error(`nothing is known of ${spec.name}`);
      const findings = await checkCapture({ url, token }, capture, truth, pool);
      outcomes.push({
        ...findings,
        spec,
        name: spec.name,
        captureCount: own.length,
        sentFrames: truth.handedAt.filter((at) => at >= 0).length,
        ackedFrames: truth.ackedFrames,
        lossMs: lossByKill(findings.lost, truth.handedAt, killedAt),
        errors: truth.errors,
      });
    }
    return { recoveriesMs, outcomes };
  } catch (error) {
    throw new Error(`the round failed; the server said:\n${server.output()}`, { cause: error });
  } finally {
    fleet.kill();
    await server.stop();
  }
}

/** What each kill cost: what was handed over shortly before it, or to the dead socket shortly after. */
function lossByKill(
  lost: readonly number[],
  handedAt: readonly number[],
  killedAt: readonly number[],
): readonly number[] {
  const noticedMs = 100;
  const losses = killedAt.map(() => 0);
  for (const frame of lost) {
    const at = handedAt[frame] ?? 0;
    const kill = killedAt.findIndex((killed) => at <= killed + noticedMs);
    losses[kill] = (losses[kill] ?? Infinity) + frameMs;
  }
  return losses;
}

function report(recoveriesMs: readonly number[], outcomes: readonly DeviceOutcome[]) {
  const sorted = recoveriesMs.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const of = (codec: string, mode: string) => {
    const own = outcomes.filter(({ spec }) => spec.codec === codec && spec.mode === mode);
    const sum = (value: (outcome: DeviceOutcome) => number) =>
      own.reduce((total, outcome) => total + value(outcome), 0);
    const losses = own.flatMap(({ lossMs }) => lossMs).toSorted((a, b) => a - b);
    return {
      kills: recoveriesMs.length,
      'recovery p50 / max (ms)': `${at(0.5)?.toFixed(0) ?? '-'} / ${at(1)?.toFixed(0) ?? '-'}`,
      'frames sent': sum(({ sentFrames }) => sentFrames),
      'lost, acked': sum(({ lostAcked }) => lostAcked),
      duplicated: sum(({ duplicated }) => duplicated),
      'lost a kill p50 / max (ms)': `${losses[Math.floor(losses.length / 2)] ?? 0} / ${losses.at(-1) ?? 0}`,
    };
  };
  return {
    'PCM, ack': of('pcm', 'ack'),
    'PCM, raw': of('pcm', 'raw'),
    'Opus, ack': of('opus', 'ack'),
  };
}
