import { personIdSchema, utteranceIdSchema } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { derivedUuid } from '../base/index.ts';
import { carrySpeakers } from './carry-speakers.ts';

const utterance = (id: string, startMs: number, endMs: number, speaker: string | null = null) => ({
  id: utteranceIdSchema.parse(id),
  startMs,
  endMs,
  text: 'words',
  speaker,
  confidence: null,
  words: [],
});
const person = (name: string) => ({ id: personIdSchema.parse(derivedUuid(name)) });
const [ada, bob] = [person('ada'), person('bob')];

const before = [
  utterance('a', 0, 10_000),
  utterance('b', 10_000, 20_000),
  utterance('c', 20_000, 30_000),
];
const speakers = new Map([
  [before[0]!.id, ada],
  [before[1]!.id, bob],
]);

describe('people in another transcript of the same sound', () => {
  it('say what its speaker says, also where nobody was named before', () => {
    const after = [
      utterance('x', 500, 9000, 'Speaker 1'),
      utterance('y', 10_500, 19_000, 'Speaker 2'),
      utterance('z', 20_000, 29_000, 'Speaker 1'),
    ];
    expect(carrySpeakers(before, speakers, after)).toEqual(
      new Map([
        [ada.id, ['x', 'z']],
        [bob.id, ['y']],
      ]),
    );
  });

  it('are left open where it is not clear who it is', () => {
    const mixed = [utterance('x', 0, 20_000, 'Speaker 1')];
    expect(carrySpeakers(before, speakers, mixed).size).toBe(0);
    const elsewhere = [utterance('x', 20_000, 30_000, 'Speaker 1')];
    expect(carrySpeakers(before, speakers, elsewhere).size).toBe(0);
  });

  it('are found utterance by utterance where nobody was told apart', () => {
    const after = [utterance('x', 0, 9000), utterance('y', 11_000, 19_000)];
    expect(carrySpeakers(before, speakers, after)).toEqual(
      new Map([
        [ada.id, ['x']],
        [bob.id, ['y']],
      ]),
    );
  });
});
