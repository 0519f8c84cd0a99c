import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { opusPackets, plainDevice, seededRandom, startFleet } from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { decodeFrame, initialFrameState, type FrameDialect } from '../../src/capture/frames.ts';
import { mutatedFrames } from '../harness/mutated-frames.ts';
import { checkCapture, storedCaptures } from '../harness/recordings.ts';
import { startServerProcess, temporaryDirectory } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import { signIn } from '../harness/walk.ts';

const frameCount = Number(process.env.FRAMES ?? 20_000);
const seed = Number(process.env.SEED ?? 20_260_101);
const socketCount = 50;
const addresses = [
  '/ws_pcm?',
  '/ws_pcm?ack=1&',
  '/ws_omi?',
  '/ws_omi?ack=1&',
  '/ws?header=omi&',
] as const;
/** What the server may grow by in the second half; in the first it still warms up. */
const maxGrowthMiB = 64;
const maxLinesPerConnection = 12;
const highWaterBytes = 64 * 1024;

describe(`${frameCount} mutated frames (seed ${seed})`, () => {
  it('are decoded to commands or typed errors, and nothing else', () => {
    const pool = opusPackets();
    const nextFrame = mutatedFrames(seededRandom(seed), pool);
    const dialects: readonly FrameDialect[] = [
      { codec: 'pcm', isNumbered: false, maxLateMs: 3_600_000 },
      { codec: 'pcm', isNumbered: true, maxLateMs: 3_600_000 },
      { codec: 'opus', isNumbered: false, maxLateMs: 3_600_000 },
    ];
    const states = dialects.map(initialFrameState);
    const seen = new Map<string, number>();
    for (let count = 0; count < frameCount; count += 1) {
      const frame = nextFrame();
      dialects.forEach((dialect, index) => {
        const step = decodeFrame(states[index]!, frame, dialect, 1_750_000_000_000);
        states[index] = step.state;
        if (step.commands.length > 3) throw new Error('more commands than a frame can ask for');
        for (const command of step.commands) {
          const name = command.type === 'error' ? command.error.code : command.type;
          seen.set(name, (seen.get(name) ?? 0) + 1);
        }
      });
    }
    console.table(Object.fromEntries(seen));
    // All kinds of what can go wrong did, and not only that.
    const kinds = [
      'start',
      'payload',
      'stop',
      'invalid_json',
      'invalid_header',
      'payload_mismatch',
    ];
    expect([...seen.keys()]).toEqual(expect.arrayContaining(kinds));
  });

  it(`over ${socketCount} sockets cost the server neither its life, nor memory, nor a full log`, async () => {
    using directory = temporaryDirectory();
    const server = await startServerProcess(directory.path, {
      LOCAL_ASR_ENABLED: 'false',
      AUDIO_CROPPING_ENABLED: 'false',
      PACK_AUDIO_ENABLED: 'false',
      AUDIO_SOCKETS_PER_USER: '200',
      RECONNECT_GRACE_SECONDS: '1',
    });
    const { token } = await signIn(server.url);
    const pool = opusPackets();
    const rssMiB: number[] = [];
    let sent = 0;
    let connections = 0;

    const connect = async (index: number): Promise<WebSocket> => {
      connections += 1;
      const address = addresses[index % addresses.length] ?? addresses[0];
      const socket = new WebSocket(
        `${server.url.replace('http', 'ws')}${address}token=${token}&device_name=fuzz-${index}`,
      );
      socket.on('error', () => undefined);
      await new Promise((resolve, reject) => {
        socket.once('message', resolve);
        socket.once('close', reject);
      });
      return socket;
    };
    const flood = async (index: number): Promise<void> => {
      const nextFrame = mutatedFrames(seededRandom(seed + 1 + index), pool);
      let socket = await connect(index);
      const share = frameCount / socketCount;
      for (let count = 0; count < share; count += 1) {
        const frame = nextFrame();
        if (socket.readyState !== WebSocket.OPEN) socket = await connect(index);
        socket.send(frame.kind === 'text' ? frame.text : frame.bytes);
        sent += 1;
        if (sent % Math.ceil(frameCount / 20) === 0) rssMiB.push(memoryMiB(server.pid));
        // About what the server allows a socket in the long run.
        if (count % 20 === 19) await sleep(20);
        await until(() => socket.bufferedAmount < highWaterBytes || null);
      }
      socket.close(1000);
    };
    try {
      await Promise.all(Array.from({ length: socketCount }, (_, index) => flood(index)));
      const healthy = await fetch(`${server.url}/health`);
      expect(healthy.status).toBe(200);
      const device = { ...plainDevice, device: 1, name: 'sound' };
      const fleet = startFleet({ url: server.url, token, seed, devices: [device] });
      await fleet.running;
      await sleep(2000);
      const { truths } = await fleet.stop();
      const captures = await until(() => {
        const stored = storedCaptures(directory.path);
        return stored.every(({ state }) => state === 'sealed') ? stored : null;
      });
      const sound = captures.find(({ clientId }) => clientId.endsWith('-sound'))!;
      const findings = await checkCapture({ url: server.url, token }, sound, truths.get(1)!, pool);
      expect(findings).toMatchObject({ lost: [], duplicated: 0, misplaced: 0, torn: 0 });

      const lines = server.output().split('\n').length;
      const half = rssMiB.length / 2;
      const early = Math.max(...rssMiB.slice(0, half));
      const late = Math.max(...rssMiB.slice(half));
      console.table({
        frames: sent,
        connections,
        captures: captures.length,
        'log lines': lines,
        'RSS along the way (MiB)': rssMiB.map(Math.round).join(' '),
      });
      expect(lines).toBeLessThan(connections * maxLinesPerConnection);
      expect(late - early).toBeLessThan(maxGrowthMiB);
    } catch (error) {
      throw new Error(`the server said:\n${server.output().slice(-4000)}`, { cause: error });
    } finally {
      await server.stop();
    }
  });
});

function memoryMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
