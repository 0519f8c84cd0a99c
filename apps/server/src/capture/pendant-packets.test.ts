import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  initialPendantState,
  lastPendantFrame,
  takePendantPacket,
  type PendantFrame,
} from './pendant-packets.ts';

const packet = (index: number, fragment: number, ...payload: number[]) =>
  Uint8Array.of(index & 0xff, (index >> 8) & 0xff, fragment, ...payload);

/** What packets yield, the last frame included: bytes, and the loss before them. */
function play(...packets: readonly Uint8Array[]) {
  let state = initialPendantState;
  const frames: PendantFrame[] = [];
  const faults: string[] = [];
  packets.forEach((each, at) => {
    const step = takePendantPacket(state, each, at + 1);
    state = step.state;
    if (step.frame) frames.push(step.frame);
    if (step.fault) faults.push(step.fault);
  });
  const last = lastPendantFrame(state);
  if (last) frames.push(last);
  return { frames, faults, told: frames.map(({ bytes, lostBefore }) => [[...bytes], lostBefore]) };
}

describe('packets of a pendant', () => {
  it('lose their header, in order, each with the number of its message', () => {
    const { frames } = play(packet(7, 0, 0xb8, 1), packet(8, 0, 0xb8, 2));
    expect(frames.map(({ bytes, seq }) => [[...bytes], seq])).toEqual([
      [[0xb8, 1], 1],
      [[0xb8, 2], 2],
    ]);
  });

  it('show what was lost, across the wrap of their index, and repeats are dropped', () => {
    const { told, faults } = play(
      packet(65_534, 0, 1),
      packet(65_535, 0, 2),
      packet(0, 0, 3),
      packet(2, 0, 4),
      packet(2, 0, 4),
      Uint8Array.of(5, 0),
      packet(3, 0, 5),
    );
    expect(told).toEqual([
      [[1], 0],
      [[2], 0],
      [[3], 0],
      [[4], 1],
      [[5], 0],
    ]);
    expect(faults).toEqual(['repeated', 'malformed']);
  });

  it.each([
    ['an index for each', [packet(3, 0, 1, 2), packet(4, 1, 3), packet(5, 0, 9)]],
    ['one index for both', [packet(3, 0, 1, 2), packet(3, 1, 3), packet(4, 0, 9)]],
  ])('put frames of two fragments together: %s', (_, packets) => {
    expect(play(...packets).told).toEqual([
      [[1, 2, 3], 0],
      [[9], 0],
    ]);
  });

  it.each([
    ['its second half', [4, 0, 2], []],
    ['its first half', [5, 1, 2], []],
    ['both halves of the next as well', [4, 0, 2], [8]],
  ])('drop a frame that lost %s, and count what is missing', (_, half, alsoLost) => {
    const [index = 0, fragment = 0, value = 0] = half;
    const sound = [0, 2, 6, 8].flatMap((at) =>
      alsoLost.includes(at) ? [] : [packet(at, 0, at), packet(at + 1, 1, at)],
    );
    const torn = packet(index, fragment, value);
    const { told } = play(...sound.slice(0, 4), torn, ...sound.slice(4), packet(10, 0, 10));
    const whole = [0, 2, 6, 8].filter((at) => !alsoLost.includes(at));
    expect(told.map(([bytes]) => bytes)).toEqual([...whole.map((at) => [at, at]), [10]]);
    expect(told.map(([, lost]) => lost)).toEqual(
      alsoLost.length === 0 ? [0, 0, 1, 0, 0] : [0, 0, 1, 1],
    );
  });

  it('that come late are dropped; a device that begins anew lost nothing that can be told', () => {
    expect(play(packet(10, 0, 1), packet(9, 0, 2), packet(11, 0, 3)).told).toEqual([
      [[1], 0],
      [[3], 0],
    ]);
    expect(play(packet(40_000, 0, 1), packet(0, 0, 2)).told).toEqual([
      [[1], 0],
      [[2], 25_535],
    ]);
    expect(play(packet(5000, 0, 1), packet(0, 0, 2)).told).toEqual([
      [[1], 0],
      [[2], 0],
    ]);
  });

  it('give back exactly what was not lost, with losses that add up', () => {
    fc.assert(
      fc.property(
        fc.nat(65_535),
        fc.array(fc.constantFrom('sent', 'lost', 'twice'), { maxLength: 200 }),
        (first, fates) => {
          const packets = fates.flatMap((fate, at) => {
            const one = packet((first + at) % 65_536, 0, at & 0xff, at >> 8);
            return fate === 'lost' ? [] : fate === 'sent' ? [one] : [one, one];
          });
          const { frames } = play(...packets);
          const kept = fates.flatMap((fate, at) => (fate === 'lost' ? [] : [at]));
          expect(frames.map(({ bytes }) => bytes[0]! + bytes[1]! * 256)).toEqual(kept);
          expect(frames.map(({ lostBefore }) => lostBefore)).toEqual(
            kept.map((at, place) => (place === 0 ? 0 : at - kept[place - 1]! - 1)),
          );
        },
      ),
    );
  });

  it('of any bytes never throw, and keep no more than a frame', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 }), (packets) => {
        let state = initialPendantState;
        for (const each of packets) {
          state = takePendantPacket(state, each, null).state;
          expect(state.pending?.fragments.length ?? 0).toBeLessThanOrEqual(16);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
