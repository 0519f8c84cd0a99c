import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isInstalled,
  missedSpans,
  plainDevice,
  seededRandom,
  speakDialogue,
  startFleet,
  walkDialogue,
  walkVoices,
  type DeviceSpec,
} from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { gapsOffMs, storedCaptures, type StoredCapture } from '../harness/recordings.ts';
import { startServerProcess, temporaryDirectory } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import { signIn } from '../harness/walk.ts';

const deviceCount = Number(process.env.DEVICES ?? 20);
const maxDropMs = Number(process.env.DROP_SECONDS ?? 3) * 1000;
const seed = Number(process.env.SEED ?? 20260101);
const dropsPerDevice = 3;
/** Speech before, between and after the drops. */
const speechMs = { least: 4000, spread: 3000 };
const graceSeconds = Math.ceil(maxDropMs / 1000) + 10;
/**
 * A device says nothing of when its first frame after a break was recorded, so the gap ends when that arrives. On a
 * machine that is busy with other tests it arrives late; on a quiet one 20 ms hold.
 */
const toleranceMs = Number(process.env.TOLERANCE_MS ?? 250);

describe.skipIf(!isInstalled('flite'))(
  `${deviceCount} devices in conversation, each dropped ${dropsPerDevice} times for up to ${maxDropMs / 1000} s (seed ${seed})`,
  () => {
    it('keeps each conversation one, and knows its gaps', async () => {
      using directory = temporaryDirectory();
      const soundPath = join(directory.path, 'speech.pcm');
      const { pcm } = await speakDialogue(walkDialogue.slice(4, 8), { voices: walkVoices });
      writeFileSync(soundPath, pcm);
      const devices = planDevices(soundPath);
      const lastMs = Math.max(...devices.map(endMs));

      const server = await startServerProcess(directory.path, {
        LOCAL_ASR_ENABLED: 'false',
        AUDIO_CROPPING_ENABLED: 'false',
        AUDIO_SOCKETS_PER_USER: String(deviceCount * 2),
        RECONNECT_GRACE_SECONDS: String(graceSeconds),
      });
      const { client, token } = await signIn(server.url);
      const fleet = startFleet({ url: server.url, token, seed, devices });
      try {
        await fleet.running;
        await sleep(lastMs);
        const { truths } = await fleet.stop();
        const captures = await until(() => {
          const stored = storedCaptures(directory.path);
          return stored.every(({ state }) => state === 'sealed') ? stored : null;
        }, 60_000);
        // One that should not be there would show by now, too: all sound was heard before the last is over.
        await until(async () => {
          const { conversations } = await client.conversations({ limit: 500 });
          const isOver = conversations.every(({ state }) => !['active', 'closing'].includes(state));
          return (isOver && conversations.length >= deviceCount) || null;
        }, 120_000);

        const found = devices.map(({ device, name }) => {
          const own = captures.filter(({ clientId }) => clientId.endsWith(`-${name}`));
          const truth = truths.get(device);
          if (!truth) throw new Error(`nothing is known of ${name}`);
          const known = missedSpans(truth);
          const listed = own.flatMap(({ gaps }: StoredCapture) => gaps);
          return { name, captures: own.length, known, listed, offMs: gapsOffMs(known, listed) };
        });
        const off = found.map((each) => each.offMs).toSorted((a, b) => a - b);
        const { total_count: conversationCount } = await client.conversations();
        console.table({
          devices: deviceCount,
          drops: found.reduce((sum, { known }) => sum + known.length, 0),
          conversations: conversationCount,
          'gap off by p50 (ms)': off[Math.floor(off.length / 2)]?.toFixed(1),
          'gap off by max (ms)': off.at(-1)?.toFixed(1),
        });
        expect(conversationCount).toBe(deviceCount);
        expect(captures).toHaveLength(deviceCount);
        for (const device of found) {
          expect(device).toMatchObject({ captures: 1 });
          expect(device.known).toHaveLength(dropsPerDevice);
          expect(device.offMs, JSON.stringify(device)).toBeLessThanOrEqual(toleranceMs);
        }
      } finally {
        fleet.kill();
        await server.stop();
      }
    });
  },
);

function planDevices(soundPath: string): readonly DeviceSpec[] {
  const random = seededRandom(seed);
  return Array.from({ length: deviceCount }, (_, device) => {
    const drops: DeviceSpec['drops'][number][] = [];
    let at = 0;
    while (drops.length < dropsPerDevice) {
      at += speechMs.least + random() * speechMs.spread;
      // Shorter than a moment is no drop that anybody could list.
      const forMs = 100 + random() * (maxDropMs - 100);
      drops.push({ afterMs: at, forMs });
      at += forMs;
    }
    return {
      ...plainDevice,
      mode: device % 2 === 0 ? 'raw' : 'json',
      device,
      name: `dev-${device}`,
      drops,
      startAfterMs: random() * 1000,
      soundPath,
    };
  });
}

function endMs({ startAfterMs, drops }: DeviceSpec): number {
  const last = drops.at(-1);
  return startAfterMs + (last ? last.afterMs + (last.forMs ?? 0) : 0) + speechMs.least;
}
