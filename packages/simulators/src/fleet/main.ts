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
import { createRadio, withPendantHeader } from './radio.ts';
import { seededRandom } from './random.ts';
import type { DeviceSpec, FleetCommand, FleetMessage, FleetPlan } from './spec.ts';

/** Apart from the seeds of the devices themselves, which are below 65,536 of each other. */
const radioSeed = 0x10000;

const usage = `A fleet of devices that stream to a server. One JSON object a line on standard input:

  {"type":"run","plan":{"url","token","seed","devices":[…]}}   all devices begin
  {"type":"stop"}   all recordings end in order; so does the end of the input

Of each device: device (a number below 65,536), name, codec (pcm, opus), mode (ack, json, raw), speed (1: real time),
jitterMs, driftPpm, startAfterMs, soundPath (a file of 16 kHz 16-bit mono PCM to be spoken, or null),
drops [{afterMs, forMs (null: for good), leaves (terminated, half-open)}],
radio {lossShare, burstPackets}: a pendant, of whose packets so many get lost; or null.

Answers, one JSON object a line: {"type":"running"}, a {"type":"truth","truth":{…}} of each device, {"type":"done","cpuMs"}.
What each of them means: spec.ts and truth.ts.
`;
if (process.argv.includes('--help')) {
  process.stdout.write(usage);
  process.exit(0);
}

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
        isLostOnAir: radioOf(spec, seed),
        frame: soundOf(spec, pool, sounds),
        stop: stop.signal,
        onBegun,
      });
      tell({ type: 'truth', truth });
    }),
  );
}

function soundOf(
  { codec, device, soundPath, radio }: DeviceSpec,
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
    return radio ? withPendantHeader(frame, packet) : packet;
  };
}

/** With numbers of its own, so that what is lost does not depend on how fast the device is. */
function radioOf({ device, radio, codec, mode }: DeviceSpec, seed: number): () => boolean {
  if (!radio) return () => false;
  if (codec !== 'opus' || mode === 'ack') throw new RangeError('pendants send Opus without acks');
  return createRadio(radio, seededRandom(seed + radioSeed + device));
}

function tell(message: FleetMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
