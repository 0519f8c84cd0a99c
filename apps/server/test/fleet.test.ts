import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isInstalled,
  missedSpans,
  opusPackets,
  plainDevice,
  seededRandom,
  speakDialogue,
  startFleet,
  stormDrops,
  walkDialogue,
  walkVoices,
  type DeviceSpec,
  type DeviceTruth,
} from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { checkCapture, gapsOffMs, rowCounts, storedCaptures } from './harness/recordings.ts';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';
import { until } from './harness/until.ts';
import { signIn } from './harness/walk.ts';

const seed = Number(process.env.SEED ?? 20260101);
const environment = {
  LOCAL_ASR_ENABLED: 'false',
  AUDIO_CROPPING_ENABLED: 'false',
  PACK_AUDIO_ENABLED: 'false',
};

describe(`pendants whose radio loses 5 % of their packets (seed ${seed})`, () => {
  it('have every loss listed as a gap, and every other packet kept as it was', async () => {
    const devices: readonly DeviceSpec[] = [1, 1, 3, 8].map((burstPackets, device) => ({
      ...plainDevice,
      codec: 'opus',
      mode: device % 2 === 0 ? 'raw' : 'json',
      device,
      name: `pendant-${device}`,
      speed: 4,
      radio: { lossShare: 0.05, burstPackets },
    }));
    using directory = temporaryDirectory();
    const server = await startServerProcess(directory.path, environment);
    const { token } = await signIn(server.url);
    const fleet = startFleet({ url: server.url, token, seed, devices });
    try {
      await fleet.running;
      await sleep(7000);
      const { truths } = await fleet.stop();
      const captures = await sealed(directory.path);
      expect(captures).toHaveLength(devices.length);
      const listed: { name: string; packets: number; lost: number; gaps: number; offMs: number }[] =
        [];
      for (const { device, name } of devices) {
        const truth = truthOf(truths, device);
        const own = captures.filter(({ clientId }) => clientId.endsWith(`-${name}`));
        const [capture] = own;
        if (!capture) throw new Error(`${name} has no capture`);
        expect(own).toHaveLength(1);
        const known = missedSpans(truth);
        expect(known.length).toBeGreaterThan(3);
        const offMs = gapsOffMs(known, capture.gaps);
        expect(
          offMs,
          `${name}: ${JSON.stringify({ known, listed: capture.gaps })}`,
        ).toBeLessThanOrEqual(20);
        const found = await checkCapture({ url: server.url, token }, capture, truth, opusPackets());
        expect(found).toMatchObject({
          heldFrames: truth.handedAt.filter((at) => at >= 0).length,
          ...flawless,
        });
        const lost = truth.lostOnAir.length;
        listed.push({ name, packets: truth.handedAt.length, lost, gaps: known.length, offMs });
      }
      console.table(listed);
    } finally {
      fleet.kill();
      await server.stop();
    }
  });
});

const stormy = 50;
/** Long enough for a device to be back: for up to 2 s what it left behind is asked for a sign of life. */
const storm = { afterMs: 2000, rounds: 5, everyMs: 2700, withinMs: 700 };
const calm = 4;
/** Of 200 connections more. */
const mostGrowthMiB = 96;

describe.skipIf(!isInstalled('flite'))(
  `${stormy} devices in conversation that reconnect at once, ${storm.rounds} times (seed ${seed})`,
  () => {
    it.each(['terminated', 'half-open'] as const)(
      'make no rows, take no memory and cost others nothing: connections left %s',
      async (leaves) => {
        using directory = temporaryDirectory();
        const soundPath = join(directory.path, 'speech.pcm');
        const { pcm } = await speakDialogue(walkDialogue.slice(4, 8), { voices: walkVoices });
        writeFileSync(soundPath, pcm);
        const devices = [...stormyDevices(leaves, soundPath), ...calmDevices()];
        const server = await startServerProcess(directory.path, environment);
        const { client, token } = await signIn(server.url);
        const fleet = startFleet({ url: server.url, token, seed, devices });
        try {
          await fleet.running;
          await sleep(storm.afterMs + storm.everyMs);
          const afterOneMiB = memoryMiB(server.pid);
          await sleep((storm.rounds - 1) * storm.everyMs);
          const { clients } = await client.activeClients();
          const { truths } = await fleet.stop();
          const captures = await sealed(directory.path);
          const conversations = await until(async () => {
            const { conversations: all } = await client.conversations({ limit: 500 });
            const names = all.map(({ client_id }) => client_id).filter(isOf('storm'));
            return names.length >= stormy ? names : null;
          }, 20_000);
          const rows = rowCounts(directory.path, ['captures', 'segments']);
          // Sound waits in memory where the cores are busy with other things, and goes when it was heard.
          const afterAllMiB = await until(() => {
            const mib = memoryMiB(server.pid);
            return mib - afterOneMiB < mostGrowthMiB ? mib : null;
          }, 30_000);
          console.table({ leaves, ...rows, afterOneMiB, afterAllMiB });

          expect(conversations).toHaveLength(stormy);
          expect(new Set(conversations).size).toBe(stormy);
          expect(rows.captures).toBe(devices.length);
          expect(new Set(captures.map(({ clientId }) => clientId)).size).toBe(devices.length);
          // Where a device was away, its sound goes on in a new segment.
          expect(rows.segments).toBeLessThanOrEqual(devices.length + stormy * storm.rounds);
          expect(clients).toHaveLength(devices.length);
          for (const { device } of stormyDevices(leaves, soundPath)) {
            expect(truthOf(truths, device).away).toHaveLength(storm.rounds);
          }
          for (const { device, name } of calmDevices()) {
            const capture = captures.find(({ clientId }) => clientId.endsWith(`-${name}`));
            const truth = truthOf(truths, device);
            if (!capture) throw new Error(`${name} has no capture`);
            expect(capture.gaps).toEqual([]);
            expect(truth.errors).toEqual({});
            const found = await checkCapture(
              { url: server.url, token },
              capture,
              truth,
              opusPackets(),
            );
            expect(found).toMatchObject({ heldFrames: truth.handedAt.length, ...flawless });
          }
        } finally {
          fleet.kill();
          await server.stop();
        }
      },
    );
  },
);

const flawless = { lost: [], duplicated: 0, misplaced: 0, foreign: 0, torn: 0 };

function stormyDevices(
  leaves: 'terminated' | 'half-open',
  soundPath: string,
): readonly DeviceSpec[] {
  const random = seededRandom(seed);
  return Array.from({ length: stormy }, (_, device) => ({
    ...plainDevice,
    mode: (['ack', 'json', 'raw'] as const)[device % 3] ?? 'raw',
    device,
    name: `storm-${device}`,
    drops: stormDrops(storm, leaves, random),
    soundPath,
  }));
}

function calmDevices(): readonly DeviceSpec[] {
  return Array.from({ length: calm }, (_, index) => ({
    ...plainDevice,
    codec: index % 2 === 0 ? 'opus' : 'pcm',
    mode: index < 2 ? 'ack' : 'raw',
    device: stormy + index,
    name: `calm-${index}`,
  }));
}

function isOf(kind: string): (clientId: string) => boolean {
  return (clientId) => clientId.includes(`-${kind}-`);
}

function sealed(dataDir: string): Promise<ReturnType<typeof storedCaptures>> {
  return until(() => {
    const captures = storedCaptures(dataDir);
    return captures.every(({ state }) => state === 'sealed') ? captures : null;
  }, 20_000);
}

function truthOf(truths: ReadonlyMap<number, DeviceTruth>, device: number): DeviceTruth {
  const truth = truths.get(device);
  if (!truth) throw new Error(`nothing is known of device ${device}`);
  return truth;
}

function memoryMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
