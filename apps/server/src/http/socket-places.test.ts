import { clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { createSocketPlaces } from './socket-places.ts';

const alice = userIdSchema.parse('665f00000000000000a11ce0');
const bob = userIdSchema.parse('665f0000000000000000b0b0');
const socketOf = (name: string, userId = alice) => ({
  userId,
  clientId: clientIdSchema.parse(`a11ce0-${name}`),
});

describe('the sockets of a user', () => {
  it('are as many as one may have, of each user apart', () => {
    const places = createSocketPlaces(2);
    const [one, two, three] = [socketOf('one'), socketOf('two'), socketOf('three')];
    expect([one, two, three].map((socket) => places.take(socket))).toEqual([true, true, false]);
    expect(places.take(socketOf('one', bob))).toBe(true);
    places.leave(one);
    places.leave(one);
    expect(places.take(three)).toBe(true);
    expect(places.take(socketOf('four'))).toBe(false);
  });

  it('may all come back at once, while what they left behind looks open', () => {
    const places = createSocketPlaces(2);
    const left = [socketOf('one'), socketOf('two')];
    const back = [socketOf('one'), socketOf('two')];
    expect([...left, ...back].map((socket) => places.take(socket))).toEqual(Array(4).fill(true));
    expect(places.take(socketOf('two'))).toBe(false);
    expect(places.take(socketOf('three'))).toBe(false);
    for (const socket of left) places.leave(socket);
    expect(places.take(socketOf('one'))).toBe(true);
  });

  it('of one name are bounded, too', () => {
    const places = createSocketPlaces(3);
    const taken = Array.from({ length: 10 }, () => places.take(socketOf('one')));
    expect(taken.filter(Boolean)).toHaveLength(4);
  });
});
