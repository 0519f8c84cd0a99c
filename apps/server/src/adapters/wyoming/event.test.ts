import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeEvent,
  eventDecoder,
  frameLimits,
  WyomingFrameError,
  type WyomingEvent,
} from './event.ts';

function decode(bytes: Uint8Array, chunkSize = bytes.length || 1): WyomingEvent[] {
  const events: WyomingEvent[] = [];
  const decoder = eventDecoder((event) => events.push(event));
  for (let at = 0; at < bytes.length; at += chunkSize)
    decoder.push(bytes.subarray(at, at + chunkSize));
  return events;
}

const ascii = (text: string): Uint8Array => Buffer.from(text);

/** As the reference package, version 1.10.2, writes them. */
const reference = {
  transcript: ascii(
    '{"type": "transcript", "version": "1.10.2", "data_length": 26}\n{"text": "Grüße, hallo"}',
  ),
  chunk: Buffer.concat([
    ascii('{"type": "audio-chunk", "version": "1.10.2", "data_length": 61, "payload_length": 4}\n'),
    ascii('{"rate": 16000, "width": 2, "channels": 1, "timestamp": null}'),
    Uint8Array.of(0, 0x0a, 0x7b, 0x22),
  ]),
  describe: ascii('{"type": "describe", "version": "1.10.2"}\n'),
};

describe('the Wyoming decoder', () => {
  it('reads what the reference writer writes', () => {
    const stream = Buffer.concat([reference.transcript, reference.chunk, reference.describe]);
    const expected = [
      { type: 'transcript', data: { text: 'Grüße, hallo' }, payload: Buffer.alloc(0) },
      {
        type: 'audio-chunk',
        data: { rate: 16000, width: 2, channels: 1, timestamp: null },
        payload: Buffer.from([0, 0x0a, 0x7b, 0x22]),
      },
      { type: 'describe', data: {}, payload: Buffer.alloc(0) },
    ];
    for (const size of [1, 7, stream.length]) expect(decode(stream, size)).toEqual(expected);
  });

  it('takes data in the header, and lets a block override it key by key', () => {
    const [inline] = decode(ascii('{"type":"transcript","data":{"text":"hi"}}\n'));
    expect(inline?.data).toEqual({ text: 'hi' });
    const [both] = decode(
      ascii('{"type":"t","data":{"text":"old","language":"en"},"data_length":14}\n{"text":"new"}'),
    );
    expect(both?.data).toEqual({ text: 'new', language: 'en' });
  });

  it('takes null and 0 for "none"', () => {
    const [event] = decode(
      ascii('{"type":"describe","data":null,"data_length":0,"payload_length":null}\n'),
    );
    expect(event).toEqual({ type: 'describe', data: {}, payload: Buffer.alloc(0) });
  });

  it('reads back everything the encoder writes, however the stream is cut', () => {
    const key = fc.string().filter((name) => name !== '__proto__');
    const event = fc.record({
      type: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
      data: fc.dictionary(key, fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer())),
      payload: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (events, sizes) => {
          const stream = Buffer.concat(
            events.map(({ type, data, payload }) => encodeEvent(type, data, payload)),
          );
          const seen: WyomingEvent[] = [];
          const decoder = eventDecoder((each) => seen.push(each));
          for (let at = 0, turn = 0; at < stream.length; turn += 1) {
            const size = sizes[turn % sizes.length]!;
            decoder.push(stream.subarray(at, at + size));
            at += size;
          }
          expect(seen.map((each) => ({ ...each, payload: [...each.payload] }))).toEqual(
            events.map((each) => ({
              ...each,
              data: { ...each.data },
              payload: [...each.payload],
            })),
          );
        },
      ),
    );
  });

  it('answers any bytes with events or a frame error, never with another failure', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (chunks) => {
        const decoder = eventDecoder(() => undefined);
        try {
          for (const chunk of chunks) decoder.push(chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(WyomingFrameError);
        }
      }),
    );
  });

  it("lets no key of the data reach an object's prototype", () => {
    const [event] = decode(ascii('{"type":"t","data_length":24}\n{"__proto__":{"a":true}}'));
    expect(event?.data).toEqual({});
    expect(event?.data.a).toBeUndefined();
  });

  it.each([
    ['text that is not JSON', 'hello\n'],
    ['an empty line', '\n'],
    ['a header that is no object', '[1]\n'],
    ['no type', '{"data":{}}\n'],
    ['a negative length', '{"type":"t","payload_length":-1}\n'],
    ['a fractional length', '{"type":"t","data_length":1.5}\n'],
    ['a length that is text', '{"type":"t","data_length":"5"}\n'],
    ['data that is no object', '{"type":"t","data":[1]}\n'],
    ['a data block that is no object', '{"type":"t","data_length":3}\n[1]'],
    ['a data block that is not JSON', '{"type":"t","data_length":3}\n{"a'],
    ['data over the limit', `{"type":"t","data_length":${frameLimits.data + 1}}\n`],
    ['a payload over the limit', `{"type":"t","payload_length":${frameLimits.payload + 1}}\n`],
  ])('refuses %s', (_what, text) => {
    expect(() => decode(ascii(text))).toThrow(WyomingFrameError);
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([ascii('{"type":"'), Uint8Array.of(0xff), ascii('"}\n')]);
    expect(() => decode(bytes)).toThrow(WyomingFrameError);
  });

  it('refuses a header that never ends, without holding more than the limit', () => {
    const decoder = eventDecoder(() => undefined);
    decoder.push(new Uint8Array(frameLimits.header).fill(0x20));
    expect(() => decoder.push(ascii(' '))).toThrow('header too long');
  });

  it('takes blocks exactly as large as the limit', () => {
    const payload = new Uint8Array(frameLimits.payload);
    expect(decode(encodeEvent('audio-chunk', {}, payload))[0]?.payload.length).toBe(payload.length);
  });

  it('hands over what came before an offence, and nothing after it', () => {
    const seen: string[] = [];
    const decoder = eventDecoder((event) => seen.push(event.type));
    expect(() => decoder.push(ascii('{"type":"one"}\ngarbage\n{"type":"two"}\n'))).toThrow();
    expect(() => decoder.push(ascii('{"type":"three"}\n'))).toThrow(WyomingFrameError);
    expect(seen).toEqual(['one']);
  });
});

describe('the Wyoming encoder', () => {
  it('puts data out of line with its length in bytes, and leaves out what there is none of', () => {
    expect(Buffer.from(encodeEvent('transcript', { text: 'Grüße' })).toString()).toBe(
      '{"type":"transcript","data_length":18}\n{"text":"Grüße"}',
    );
    expect(Buffer.from(encodeEvent('describe')).toString()).toBe('{"type":"describe"}\n');
  });
});
