import { describe, expect, it } from 'vitest';
import { checkOpus, checkPcm } from './check.ts';
import { opusPackets, packetIndex } from './opus-packets.ts';
import { pcmFrame } from './pcm-frames.ts';
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
      { startMs: 80, endMs: 140 },
      { startMs: 180, endMs: 200 },
    ]);
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
    const held = [...range(0, 1700), 1699, ...range(1702, 3200)];
    expect(checkOpus(packets(held), pool, truthOf(frames, 3200))).toMatchObject({
      lost: [1700, 1701],
      lostAcked: 2,
      duplicated: 1,
      misplaced: 0,
    });
  });
});
