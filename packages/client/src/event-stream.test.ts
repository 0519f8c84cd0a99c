import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStreamParser, type StreamMessage } from './event-stream.ts';

const parseAll = (pieces: readonly string[]): StreamMessage[] => {
  const parse = createEventStreamParser();
  return pieces.flatMap((piece) => parse(piece));
};

describe('event stream', () => {
  it('joins data lines, keeps the last id, drops comments and unknown fields', () => {
    expect(
      parseAll([': hi\n\nid: 7\nevent: level\ndata: a\ndata: b\nretry: 5\n\ndata:c\n\nid: 9\n\n']),
    ).toEqual([
      { id: '7', data: 'a\nb' },
      { id: '7', data: 'c' },
    ]);
  });

  it('reads a stream alike however it is cut and whichever line ends it uses', () => {
    const message = fc.record({
      id: fc.option(fc.stringMatching(/^[a-z0-9-]{1,8}$/)),
      data: fc.array(fc.stringMatching(/^[\w {}":,é€]{0,12}$/), { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(400), { maxLength: 12 }),
        (messages, newline, cuts) => {
          const lines = messages.flatMap(({ id, data }) => [
            ...(id === null ? [] : [`id: ${id}`]),
            ...data.map((line) => `data: ${line}`),
            '',
          ]);
          // The comment shows that a message ends with its blank line also where CR is the line end.
          const text = [...lines, ':', ''].join(newline);
          const places = [0, ...cuts.sort((a, b) => a - b), text.length];
          const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));

          let lastId: string | null = null;
          const expected = messages.map(({ id, data }) => {
            lastId = id ?? lastId;
            return { id: lastId, data: data.join('\n') };
          });
          expect(parseAll(pieces)).toEqual(expected);
        },
      ),
    );
  });

  it('refuses a message without end', () => {
    const parse = createEventStreamParser();
    expect(() => {
      for (let count = 0; count < 20; count++) parse(`data: ${'x'.repeat(100_000)}\n`);
    }).toThrow(RangeError);
    expect(() => createEventStreamParser()('x'.repeat(1_000_001))).toThrow(RangeError);
  });
});
