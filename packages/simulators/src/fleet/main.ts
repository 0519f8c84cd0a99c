/**
 * A fleet of devices in a process of its own, so that what it costs counts apart. Commands come as JSON lines on
 * standard input, answers go as JSON lines to standard output: see spec.ts. It ends when its input does.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { runDevice } from './device.ts';
import { opusPackets, packetIndex } from './opus-packets.ts';
import { frameBytes, pcmFrame } from './pcm-frames.ts';
import { seededRandom } from './random.ts';
import type { DeviceSpec, FleetCommand, FleetMessage, FleetPlan } from './spec.ts';

const stop = new AbortController();
let ended: Promise<void> = Promise.resolve();

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as FleetCommand;
  if (command.type === 'run') ended = run(command.plan);
  else stop.abort();
  if (command.type === 'stop') break;
}
stop.abort();
await ended;
const { user, system } = process.cpuUsage();
tell({ type: 'done', cpuMs: (user + system) / 1000 });
process.stdin.destroy();

async function run({ url, token, seed, devices }: FleetPlan): Promise<void> {
  const pool = devices.some(({ codec }) => codec === 'opus') ? opusPackets() : [];
  const sounds = new Map<string, Uint8Array>();
  for (const { soundPath } of devices) {
    if (soundPath && !sounds.has(soundPath)) sounds.set(soundPath, readFileSync(soundPath));
  }
  let begun = 0;
  const onBegun = (): void => {
    begun += 1;
    if (begun === devices.length) tell({ type: 'running' });
  };
  await Promise.all(
    devices.map(async (spec) => {
      const truth = await runDevice(spec, {
        url,
        token,
        random: seededRandom(seed + spec.device),
        frame: soundOf(spec, pool, sounds),
        stop: stop.signal,
        onBegun,
      });
      tell({ type: 'truth', truth });
    }),
  );
}

function soundOf(
  { codec, device, soundPath }: DeviceSpec,
  pool: readonly Uint8Array[],
  sounds: ReadonlyMap<string, Uint8Array>,
): (frame: number) => Uint8Array {
  const spoken = soundPath === null ? undefined : sounds.get(soundPath);
  if (spoken) {
    const frames = Math.floor(spoken.length / frameBytes);
    return (frame) => spoken.subarray((frame % frames) * frameBytes).subarray(0, frameBytes);
  }
  if (codec === 'pcm') return (frame) => pcmFrame(device, frame);
  return (frame) => {
    const packet = pool[packetIndex(device, frame, pool.length)];
    if (!packet) throw new RangeError('the pool of packets is empty');
    return packet;
  };
}

function tell(message: FleetMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
