import { describe, expect, it } from 'vitest';
import { startLiveDecoding } from './live-decoding.ts';

const packets = [Uint8Array.of(23 << 3, 1)];

/** Decoders that answer when they are told to, and an ear that notes what it hears. */
function setUp() {
  const asked: PromiseWithResolvers<Int16Array>[] = [];
  const heard: string[] = [];
  let streams = 0;
  const decoding = startLiveDecoding(
    {
      open() {
        streams += 1;
        return {
          decode() {
            const answer = Promise.withResolvers<Int16Array>();
            asked.push(answer);
            return answer.promise;
          },
          close: () => undefined,
        };
      },
    },
    {
      hear: (startMs, samples) => heard.push(`${startMs}: ${samples.length} samples`),
      fallBehind: (recordedMs) => heard.push(`behind up to ${recordedMs}`),
    },
  );
  return { asked, heard, decoding, streamCount: () => streams };
}

describe('decoding what is recorded now', () => {
  it('gives sound to the ear in order, and what happened between in its place', async () => {
    const { asked, heard, decoding } = setUp();
    decoding.hear(0, 20, packets);
    decoding.hear(20, 40, packets);
    decoding.afterwards(() => heard.push('gap'));
    decoding.hear(60, 80, packets);
    for (const answer of asked.toReversed()) answer.resolve(new Int16Array(320));
    await decoding.settled();
    expect(heard).toEqual(['0: 320 samples', '20: 320 samples', 'gap', '60: 320 samples']);
  });

  it('tells the ear what the decoder lost, so that it is read from disk', async () => {
    const { asked, heard, decoding } = setUp();
    decoding.hear(0, 20, packets);
    decoding.hear(20, 40, packets);
    asked[0]?.reject(new Error('died'));
    asked[1]?.resolve(new Int16Array(320));
    await decoding.settled();
    expect(heard).toEqual(['behind up to 20', '20: 320 samples']);
  });

  it('leaves to the disk what comes while 2 s wait for a decoder, and starts anew behind it', async () => {
    const { asked, heard, decoding, streamCount } = setUp();
    for (let at = 0; at < 2_100; at += 20) decoding.hear(at, at + 20, packets);
    expect(asked).toHaveLength(100);
    for (const answer of asked) answer.resolve(new Int16Array(320));
    await decoding.settled();
    expect(heard.slice(99)).toEqual([
      '1980: 320 samples',
      ...[2_020, 2_040, 2_060, 2_080, 2_100].map((end) => `behind up to ${end}`),
    ]);
    decoding.hear(2_100, 2_120, packets);
    expect(asked).toHaveLength(101);
    expect(streamCount()).toBe(6);
  });
});
