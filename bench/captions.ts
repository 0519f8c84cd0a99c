/**
 * How much later than the recogniser says it a caption is with whoever watches: `node bench/captions.ts`; see README.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  markSound,
  speakDialogue,
  startDeepgram,
  walkDialogue,
  walkVoices,
  type ScriptedWord,
} from '@friend-lite/simulators';
import { bytesPerMs, speak } from '../apps/server/test/harness/microphone.ts';
import {
  startServerProcess,
  temporaryDirectory,
} from '../apps/server/test/harness/server-process.ts';
import { signIn } from '../apps/server/test/harness/walk.ts';
import { cpuMs, machine, memoryMiB, percentile } from './processes.ts';

const seconds = Number(process.env.SECONDS ?? 20);
const loads = (process.env.STREAMS ?? '1,50,150').split(',').filter(Boolean).map(Number);
/** Devices come one after another, as they do in life. */
const rampMs = 3000;
const results = fileURLToPath(new URL('results/', import.meta.url));
const probe = new URL('event-loop-probe.mjs', import.meta.url).href;

const spoken = await speakDialogue(walkDialogue, { voices: walkVoices });
const pcm = spoken.pcm.subarray(0, seconds * 1000 * bytesPerMs);
const soundMs = pcm.length / bytesPerMs;

const rows: Awaited<ReturnType<typeof measure>>[] = [];
for (const streams of loads) {
  rows.push(await measure(streams));
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
const file = join(results, `captions-${report.at.replaceAll(':', '-')}.json`);
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
console.log(file);

/** The words of one device: nobody else says them, so that a caption is known by its words. */
function scriptOf(device: number): readonly ScriptedWord[] {
  const placeMs = device * soundMs;
  return spoken.lines.flatMap(({ text, speaker, startMs, endMs }, line) => {
    const { length } = text.split(/\s+/);
    const eachMs = (endMs - startMs) / length;
    return Array.from({ length }, (_, index) => ({
      word: `d${device}l${line}w${index}`,
      startMs: placeMs + startMs + index * eachMs,
      endMs: placeMs + startMs + (index + 0.9) * eachMs,
      speaker,
    })).filter(({ endMs: until }) => until < placeMs + soundMs);
  });
}

async function measure(streams: number) {
  const [loadBefore = 0] = loadavg();
  using directory = temporaryDirectory();
  const loopReport = join(directory.path, 'event-loop.json');
  /** When the recogniser first said each text, and when it was first shown. */
  const saidAt = new Map<string, number>();
  const shownAt = new Map<string, number>();
  const service = await startDeepgram({
    script: Array.from({ length: streams }, (_, device) => scriptOf(device)).flat(),
    maxStreams: 1000,
    onSaid(_request, message) {
      const text = textOf(message);
      if (text !== '' && !saidAt.has(text)) saidAt.set(text, performance.now());
    },
  });
  const server = await startServerProcess(directory.path, {
    LOCAL_ASR_ENABLED: 'false',
    AUDIO_CROPPING_ENABLED: 'false',
    AUDIO_SOCKETS_PER_USER: '10000',
    LOG_LEVEL: 'warn',
    DEEPGRAM_API_KEY: service.apiKey,
    DEEPGRAM_BASE_URL: service.url,
    NODE_OPTIONS: `--import ${probe}`,
    EVENT_LOOP_REPORT: loopReport,
  });
  const watching = new AbortController();
  try {
    const { client, token } = await signIn(server.url);
    const watched = (async () => {
      for await (const { event } of client.liveEvents({ signal: watching.signal })) {
        if (event.type !== 'caption') continue;
        const text = event.segments.map((segment) => segment.text).join(' ');
        if (text !== '' && !shownAt.has(text)) shownAt.set(text, performance.now());
      }
    })().catch(() => undefined);

    process.kill(server.pid, 'SIGUSR2');
    const before = { cpuMs: cpuMs(server.pid), at: performance.now() };
    const speaking = Array.from({ length: streams }, async (_, device) => {
      await sleep((device / streams) * rampMs);
      return speak({
        url: server.url,
        token,
        deviceName: `mic-${device}`,
        pcm: markSound(pcm, device * soundMs),
        speed: 1,
      });
    });
    const open = await Promise.all(speaking);
    const tookMs = performance.now() - before.at;
    const serverCpuMs = cpuMs(server.pid) - before.cpuMs;
    const memory = memoryMiB(server.pid);
    process.kill(server.pid, 'SIGUSR2');
    // The last words are on their way.
    await sleep(3000);
    for (const stream of open) stream.stop();
    await sleep(1000);
    watching.abort();
    await watched;

    const addedMs = [...shownAt]
      .flatMap(([text, at]) => {
        const said = saidAt.get(text);
        return said === undefined ? [] : [at - said];
      })
      .toSorted((a, b) => a - b);
    return {
      streams,
      loadBefore,
      captions: addedMs.length,
      said: saidAt.size,
      addedMs: {
        p50: percentile(addedMs, 0.5),
        p95: percentile(addedMs, 0.95),
        max: percentile(addedMs, 1),
      },
      serverCpuShare: serverCpuMs / tookMs,
      rssMiB: memory.now,
      eventLoopDelayMs: JSON.parse(readFileSync(loopReport, 'utf8')) as Record<string, number>,
    };
  } catch (error) {
    throw new Error(`the server said:\n${server.output().slice(-4000)}`, { cause: error });
  } finally {
    watching.abort();
    await server.stop();
    await service.close();
  }
}

/** What a message of the recogniser says; empty for one that says nothing. */
function textOf(message: Readonly<Record<string, unknown>>): string {
  const { channel } = message;
  if (typeof channel !== 'object' || channel === null || !('alternatives' in channel)) return '';
  const [first] = channel.alternatives as { transcript: string }[];
  return first?.transcript ?? '';
}

function forPeople(row: Awaited<ReturnType<typeof measure>>): Record<string, string | number> {
  const { addedMs, eventLoopDelayMs: loop } = row;
  const times = (...values: (number | undefined)[]) =>
    values.map((value) => value?.toFixed(1) ?? '-').join(' / ');
  return {
    streams: row.streams,
    'added p50 / p95 / max (ms)': times(addedMs.p50, addedMs.p95, addedMs.max),
    'captions seen / said': `${row.captions} / ${row.said}`,
    'CPU of a core': `${(row.serverCpuShare * 100).toFixed(1)} %`,
    'RSS (MiB)': row.rssMiB.toFixed(0),
    'loop delay p50 / p99 / max (ms)': times(loop.p50, loop.p99, loop.max),
    'load before': row.loadBefore.toFixed(1),
  };
}
