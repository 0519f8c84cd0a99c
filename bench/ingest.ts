/**
 * What it costs to take in sound: `node bench/ingest.ts`; see README.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { opusPackets, plainDevice, startFleet, type DeviceSpec } from '@friend-lite/simulators';
import {
  checkCapture,
  searchLagsMs,
  storedCaptures,
} from '../apps/server/test/harness/recordings.ts';
import {
  startServerProcess,
  temporaryDirectory,
} from '../apps/server/test/harness/server-process.ts';
import { until } from '../apps/server/test/harness/until.ts';
import { signIn } from '../apps/server/test/harness/walk.ts';
import { watchDisk } from './disk-watch.ts';
import { cpuMs, machine, mainThreadCpuMs, memoryMiB, moveTo, percentile } from './processes.ts';

const seconds = Number(process.env.SECONDS ?? 20);
/** Where the devices run, so that they take nothing from the server; undefined: on the same cores. */
const fleetCores = process.env.FLEET_CORES;
const watchedStreams = 5;
/** Devices come one after another, as they do in life. */
const rampMs = 3000;
/** For decoders and detectors of speech to start. */
const settleMs = 3000;
const results = fileURLToPath(new URL('results/', import.meta.url));
const probe = new URL('event-loop-probe.mjs', import.meta.url).href;

interface Load {
  readonly codec: 'pcm' | 'opus';
  readonly streams: number;
}

const loads: readonly Load[] = [
  ...numbers(process.env.OPUS_STREAMS ?? '10,50,100,300').map(
    (streams) => ({ codec: 'opus', streams }) as const,
  ),
  ...numbers(process.env.PCM_STREAMS ?? '1000').map(
    (streams) => ({ codec: 'pcm', streams }) as const,
  ),
];

const pool = opusPackets();
const rows: Awaited<ReturnType<typeof measure>>[] = [];
for (const load of loads) {
  rows.push(await measure(load));
  console.table(rows.slice(-1).map(forPeople));
}
const report = { machine: machine(), seconds, at: new Date().toISOString(), rows };
console.log(
  Object.entries(report.machine)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', '),
);
console.table(rows.map(forPeople));
mkdirSync(results, { recursive: true });
const file = join(results, `ingest-${report.at.replaceAll(':', '-')}.json`);
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(file);

async function measure({ codec, streams }: Load) {
  const [loadBefore = 0] = loadavg();
  using directory = temporaryDirectory();
  const loopReport = join(directory.path, 'event-loop.json');
  const server = await startServerProcess(directory.path, {
    LOCAL_ASR_ENABLED: 'false',
    AUDIO_CROPPING_ENABLED: 'false',
    PACK_AUDIO_ENABLED: 'false',
    AUDIO_SOCKETS_PER_USER: '10000',
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: `--import ${probe}`,
    EVENT_LOOP_REPORT: loopReport,
  });
  const { token } = await signIn(server.url);
  const devices: readonly DeviceSpec[] = Array.from({ length: streams }, (_, device) => ({
    ...plainDevice,
    codec,
    mode: 'raw',
    device,
    name: `dev-${device}`,
    jitterMs: 10,
    startAfterMs: (device / streams) * rampMs,
  }));
  const fleet = startFleet({ url: server.url, token, seed: 1, devices });
  if (fleetCores) moveTo(fleetCores, fleet.pid);
  using watches = new DisposableStack();
  try {
    await fleet.running;
    await sleep(settleMs);
    const early = storedCaptures(directory.path);
    const watched = early
      .filter((_, index) => index % Math.ceil(early.length / watchedStreams) === 0)
      .map((capture) => ({
        capture,
        watch: watches.use(watchDisk(directory.path, capture.id)),
      }));

    process.kill(server.pid, 'SIGUSR2');
    const before = {
      server: cpuMs(server.pid),
      mainThread: mainThreadCpuMs(server.pid),
      fleet: cpuMs(fleet.pid),
      at: performance.now(),
    };
    await sleep(seconds * 1000);
    const tookMs = performance.now() - before.at;
    const serverCpuMs = cpuMs(server.pid) - before.server;
    const mainThreadMs = mainThreadCpuMs(server.pid) - before.mainThread;
    const fleetCpuMs = cpuMs(fleet.pid) - before.fleet;
    const searchLags = searchLagsMs(directory.path);
    const memory = memoryMiB(server.pid);
    process.kill(server.pid, 'SIGUSR2');

    const { truths } = await fleet.stop();
    const captures = await until(() => {
      const stored = storedCaptures(directory.path);
      return stored.every(({ state }) => state === 'sealed') ? stored : null;
    });
    const truthOf = (clientId: string) => {
      const name = clientId.slice(clientId.indexOf('-') + 1);
      const truth = [...truths.values()].find((each) => each.name === name);
      if (!truth) throw new Error(`nothing is known of ${name}`);
      return truth;
    };
    const delaysMs = watched
      .flatMap(({ capture, watch }) => watch.delaysMs(truthOf(capture.clientId)))
      .toSorted((a, b) => a - b);
    let [sent, lost, broken] = [0, 0, 0];
    for (const capture of captures) {
      const truth = truthOf(capture.clientId);
      const found = await checkCapture({ url: server.url, token }, capture, truth, pool);
      sent += truth.handedAt.filter((at) => at >= 0).length;
      lost += found.lost.length;
      broken += found.duplicated + found.misplaced + found.foreign + found.torn;
    }
    const loop = JSON.parse(readFileSync(loopReport, 'utf8')) as Record<string, number>;
    return {
      codec,
      streams,
      captures: captures.length,
      loadBefore,
      serverCpuShare: serverCpuMs / tookMs,
      serverCpuSharePerStream: serverCpuMs / tookMs / streams,
      mainThreadShare: mainThreadMs / tookMs,
      fleetCpuShare: fleetCpuMs / tookMs,
      rssMiB: memory.now,
      peakRssMiB: memory.peak,
      eventLoopDelayMs: loop,
      frameToDiskMs: {
        p50: percentile(delaysMs, 0.5),
        p99: percentile(delaysMs, 0.99),
        max: percentile(delaysMs, 1),
        frames: delaysMs.length,
      },
      searchLagMs: { p50: percentile(searchLags, 0.5), max: percentile(searchLags, 1) },
      framesSent: sent,
      framesLost: lost,
      framesWrong: broken,
    };
  } catch (error) {
    throw new Error(`the server said:\n${server.output().slice(-4000)}`, { cause: error });
  } finally {
    fleet.kill();
    await server.stop();
  }
}

function forPeople(row: Awaited<ReturnType<typeof measure>>): Record<string, string | number> {
  const { eventLoopDelayMs: loop, frameToDiskMs: disk } = row;
  const share = (value: number, digits: number) => `${(value * 100).toFixed(digits)} %`;
  const times = (...values: (number | undefined)[]) =>
    values.map((value) => value?.toFixed(1) ?? '-').join(' / ');
  return {
    streams: `${row.streams} ${row.codec}`,
    'CPU of a core': share(row.serverCpuShare, 1),
    'main thread': share(row.mainThreadShare, 1),
    'a stream': share(row.serverCpuSharePerStream, 3),
    'fleet CPU': share(row.fleetCpuShare, 1),
    'RSS / peak (MiB)': `${row.rssMiB.toFixed(0)} / ${row.peakRssMiB.toFixed(0)}`,
    'loop delay p50 / p99 / max (ms)': times(loop.p50, loop.p99, loop.max),
    'frame to disk p50 / p99 / max (ms)': times(disk.p50, disk.p99, disk.max),
    'search behind p50 / max (s)': times(row.searchLagMs.p50 / 1000, row.searchLagMs.max / 1000),
    'frames sent': row.framesSent,
    'load before': row.loadBefore.toFixed(1),
    'lost / wrong': `${row.framesLost} / ${row.framesWrong}`,
  };
}

function numbers(list: string): readonly number[] {
  return list.split(',').filter(Boolean).map(Number);
}
