import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { checkOpus, checkPcm } from './check.ts';
import { opusPackets, packetIndex } from './opus-packets.ts';
import { pcmFrame } from './pcm-frames.ts';
import { createRadio, withPendantHeader } from './radio.ts';
import { seededRandom } from './random.ts';
import { plainDevice, type RadioLoss } from './spec.ts';
import { startFleet } from './start.ts';
import { stormDrops } from './storm.ts';
import { keepTruth, missedSpans } from './truth.ts';

const device = 3;

function truthOf(frames: readonly number[], acked = 0) {
  const keeper = keepTruth(device, 'd');
  for (const frame of frames) keeper.handed(frame, 1000 + frame * 20);
  keeper.acked(acked);
  return keeper.truth();
}
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);
const pcm = (frames: readonly number[]) =>
  Buffer.concat(frames.map((frame) => pcmFrame(device, frame)));

describe('the truth of a device', () => {
  it('knows the time of which nothing was handed over', () => {
    expect(missedSpans(truthOf([2, 3, 7, 8, 10]))).toEqual([
      { startMs: 40, endMs: 100 },
      { startMs: 140, endMs: 160 },
    ]);
    expect(missedSpans(truthOf([]))).toEqual([]);
  });

  it('knows what the radio lost', () => {
    const keeper = keepTruth(device, 'd');
    keeper.handed(0, 1);
    keeper.lostOnAir(1);
    keeper.handed(2, 1);
    expect(keeper.truth()).toMatchObject({ lostOnAir: [1], handedAt: [1, -1, 1] });
    expect(missedSpans(keeper.truth())).toEqual([{ startMs: 20, endMs: 40 }]);
  });

  it('takes back a frame that did not reach the network', () => {
    const keeper = keepTruth(device, 'd');
    for (const frame of range(0, 3)) keeper.handed(frame, 1);
    keeper.notHanded(1);
    expect(missedSpans(keeper.truth())).toEqual([{ startMs: 20, endMs: 40 }]);
  });

  it('knows when it was away, and how far things are safe', () => {
    const keeper = keepTruth(device, 'd');
    keeper.returned(5);
    keeper.left(10);
    keeper.left(11);
    keeper.returned(20);
    keeper.acked(4);
    keeper.acked(2);
    expect(keeper.truth()).toMatchObject({ away: [[10, 20]], ackedFrames: 4 });
  });
});

describe('the radio of a pendant', () => {
  const packetCount = 200_000;
  const lossesOf = (loss: RadioLoss, seed = 7) => {
    const isLost = createRadio(loss, seededRandom(seed));
    const packets = Array.from({ length: packetCount }, isLost);
    const bursts = packets.filter((lost, at) => lost && !packets[at - 1]).length;
    return { packets, lost: packets.filter(Boolean).length, bursts };
  };

  it.each([
    { lossShare: 0.05, burstPackets: 1 },
    { lossShare: 0.05, burstPackets: 4 },
    { lossShare: 0.4, burstPackets: 10 },
  ])('loses $lossShare of all packets, $burstPackets in a row on average', (loss) => {
    const { lost, bursts } = lossesOf(loss);
    expect(lost / packetCount / loss.lossShare).toBeCloseTo(1, 1);
    expect(lost / bursts / loss.burstPackets).toBeCloseTo(1, 1);
  });

  it('loses the same packets each time, and none where the share is 0', () => {
    const loss = { lossShare: 0.1, burstPackets: 3 };
    expect(lossesOf(loss).packets).toEqual(lossesOf(loss).packets);
    expect(lossesOf(loss).packets).not.toEqual(lossesOf(loss, 8).packets);
    expect(lossesOf({ ...loss, lossShare: 0 }).lost).toBe(0);
  });

  it('loses not everything', () => {
    expect(() => createRadio({ lossShare: 1, burstPackets: 1 }, Math.random)).toThrow(RangeError);
    expect(() => createRadio({ lossShare: 0.1, burstPackets: 0 }, Math.random)).toThrow(RangeError);
  });

  it('puts an index before each packet, that begins anew after 65,535', () => {
    expect([...withPendantHeader(0x1_0203, Uint8Array.of(9, 8))]).toEqual([0x03, 0x02, 0, 9, 8]);
  });
});

describe('a storm', () => {
  it('drops all devices at once, again and again, and each comes back at its own moment', () => {
    const storm = { afterMs: 2000, rounds: 3, everyMs: 1500, withinMs: 1000 };
    const random = seededRandom(1);
    const [one, other] = [
      stormDrops(storm, 'half-open', random),
      stormDrops(storm, 'terminated', random),
    ];
    for (const drops of [one, other]) {
      expect(drops.map(({ afterMs }) => afterMs)).toEqual([2000, 3500, 5000]);
      expect(drops.every(({ forMs }) => forMs !== null && forMs >= 0 && forMs < 1000)).toBe(true);
    }
    expect(one.every(({ leaves }) => leaves === 'half-open')).toBe(true);
    expect(one.map(({ forMs }) => forMs)).not.toEqual(other.map(({ forMs }) => forMs));
  });
});

describe('the connections of a fleet', () => {
  const options = { ...plainDevice, codec: 'opus', mode: 'raw' } as const;

  it('end without a close frame, stay half open, or come back, as planned', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const seen: {
      name: string;
      url: URL;
      code: number | null;
      messages: Buffer[];
      pongs: number;
    }[] = [];
    server.on('connection', (socket, request) => {
      const url = new URL(request.url ?? '', 'ws://127.0.0.1');
      const name = url.searchParams.get('device_name') ?? '';
      const connection = {
        name,
        url,
        code: null as number | null,
        messages: [] as Buffer[],
        pongs: 0,
      };
      seen.push(connection);
      socket.on('message', (data: Buffer) => connection.messages.push(data));
      socket.on('close', (code) => (connection.code = code));
      socket.on('pong', () => (connection.pongs += 1));
      setTimeout(() => socket.ping(), 500);
      socket.send('{"type":"ready","data":{"client_id":"a"}}');
    });
    const of = (name: string) => seen.filter((each) => each.name === name);
    const until = async (isSo: () => boolean) => {
      for (let waitedMs = 0; !isSo(); waitedMs += 20) {
        if (waitedMs > 5000) throw new Error('did not happen');
        await sleep(20);
      }
    };
    const radio = { lossShare: 0.3, burstPackets: 2 };
    const fleet = startFleet({
      url: `http://127.0.0.1:${port}`,
      token: 't',
      seed: 5,
      devices: [
        { ...options, device: 0, name: 'dead', drops: [{ afterMs: 200, forMs: null }] },
        {
          ...options,
          device: 1,
          name: 'mute',
          drops: [{ afterMs: 200, forMs: 100, leaves: 'half-open' }],
        },
        { ...options, device: 2, name: 'pendant', radio },
      ],
    });
    try {
      await fleet.running;
      await until(() => of('mute').length === 2 && of('dead')[0]?.code === 1006);
      await until(() => (of('mute')[1]?.pongs ?? 0) > 0 && (of('pendant')[0]?.pongs ?? 0) > 0);
      expect(of('mute')[0]).toMatchObject({ code: null, pongs: 0 });
      expect(of('dead')).toHaveLength(1);
      const { truths } = await fleet.stop();
      await until(() => seen.every(({ code }) => code !== null));
      expect(seen.map(({ name, code }) => [name, code])).toEqual(
        expect.arrayContaining([
          ['mute', 1006],
          ['mute', 1000],
          ['pendant', 1000],
        ]),
      );

      const { handedAt = [], lostOnAir = [] } = truths.get(2) ?? {};
      const [pendant] = of('pendant');
      expect(pendant?.url.searchParams.get('header')).toBe('omi');
      const indexes = pendant?.messages.map((packet) => packet.readUInt16LE(0));
      expect(indexes).toEqual(handedAt.flatMap((at, frame) => (at >= 0 ? [frame] : [])));
      expect(lostOnAir.length).toBeGreaterThan(0);
      expect(lostOnAir.some((frame) => indexes?.includes(frame))).toBe(false);
    } finally {
      fleet.kill();
      server.close();
    }
  });
});

describe('the check of a recording', () => {
  it('finds nothing in a whole one, whatever silence lies in it', () => {
    const sound = Buffer.concat([pcm(range(0, 5)), Buffer.alloc(998), pcm(range(7, 9))]);
    expect(checkPcm(sound, truthOf([...range(0, 5), 7, 8], 5))).toEqual({
      heldFrames: 7,
      lost: [],
      lostAcked: 0,
      duplicated: 0,
      misplaced: 0,
      foreign: 0,
      torn: 0,
    });
  });

  it('finds what is lost, doubled, out of order, foreign and torn', () => {
    const sound = Buffer.concat([pcm([0, 1, 1, 4, 3]), pcm([6]).subarray(0, 320), pcm([9])]);
    expect(checkPcm(sound, truthOf(range(0, 7), 3))).toEqual({
      heldFrames: 5,
      lost: [2, 5, 6],
      lostAcked: 1,
      duplicated: 1,
      misplaced: 1,
      foreign: 1,
      torn: 320,
    });
  });

  it('sees a changed bit', () => {
    const sound = pcm([0, 1]);
    sound[700]! ^= 1;
    expect(checkPcm(sound, truthOf([0, 1])).lost).toEqual([1]);
  });

  it('tells packets by their place, also when the pool comes round', () => {
    const pool = opusPackets();
    expect(new Set(pool.map((packet) => Buffer.from(packet).toString('hex'))).size).toBe(
      pool.length,
    );
    const packets = (frames: readonly number[]) =>
      frames.map((frame) => pool[packetIndex(device, frame, pool.length)]!);
    const frames = range(0, 3200);
    expect(checkOpus(packets(frames), pool, truthOf(frames, 3200))).toMatchObject({
      heldFrames: 3200,
      lost: [],
    });
    const lostOne = new Uint8Array(1);
    expect(
      checkOpus([...packets([0, 1]), lostOne, ...packets([3])], pool, truthOf([0, 1, 3])),
    ).toMatchObject({ heldFrames: 3, lost: [], torn: 0 });
    const held = [...range(0, 1700), 1699, ...range(1702, 3200)];
    expect(checkOpus(packets(held), pool, truthOf(frames, 3200))).toMatchObject({
      lost: [1700, 1701],
      lostAcked: 2,
      duplicated: 1,
      misplaced: 0,
    });
  });
});
