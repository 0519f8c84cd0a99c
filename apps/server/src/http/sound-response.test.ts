import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { opusFormat, speechFormat } from '../audio/index.ts';
import type { Conversation } from '../conversations/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, soundBytes, soundSlice, startedAt, type House } from './house.fake.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse(fakeClock());
});
afterEach(() => house.app.close());

const headerBytes = 44;
const size = headerBytes + soundBytes;

async function get(headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') {
  const { authorization } = await house.as('ada');
  const url = `/api/conversations/${house.of('ada').conversation.id}/audio`;
  return house.app.inject({ method, url, headers: { authorization, ...headers } });
}

/** The same house, where every conversation is changed. */
async function reopenWith(change: (conversation: Conversation) => Conversation): Promise<void> {
  await house.app.close();
  house = await openHouse(fakeClock(), {
    override: ({ conversations }) => ({
      conversations: {
        ...conversations,
        async find(userId, id) {
          const found = await conversations.find(userId, id);
          return found && change(found);
        },
      },
    }),
  });
}

describe('sound', () => {
  it('comes as a WAV file with a header that tells the truth', async () => {
    const response = await get();
    const file = response.rawPayload;

    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': String(size),
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'last-modified': new Date(startedAt + 8000).toUTCString(),
    });
    expect(file.toString('latin1', 0, 4)).toBe('RIFF');
    expect(file.readUInt32LE(4)).toBe(size - 8);
    expect(file.readUInt32LE(24)).toBe(16_000);
    expect(file.readUInt32LE(40)).toBe(soundBytes);
    expect(file.subarray(headerBytes).equals(soundSlice(0, soundBytes))).toBe(true);
  });

  it('tells its size without being read', async () => {
    const response = await get({ range: 'bytes=0-9' }, 'HEAD');

    expect(response.statusCode).toBe(200);
    expect(response.headers['content-length']).toBe(String(size));
    expect(response.rawPayload).toHaveLength(0);
    expect(house.reads).toEqual([]);
  });

  it.each([
    [0, 1],
    [40, 50],
    [43, 44],
    [44, 45],
    [45, 100_001],
    [size - 1, size],
    [0, size],
  ])('comes in parts: bytes %i to %i', async (start, end) => {
    const whole = (await get()).rawPayload;
    const response = await get({ range: `bytes=${start}-${end - 1}` });

    expect(response.statusCode).toBe(206);
    expect(response.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${size}`);
    expect(response.headers['content-length']).toBe(String(end - start));
    expect(response.rawPayload.equals(whole.subarray(start, end))).toBe(true);
  });

  it('reads no more than the part that is asked for', async () => {
    await get({ range: 'bytes=100044-100053' });

    expect(house.reads).toMatchObject([{ start: 100_000, end: 100_010 }]);
  });

  it('has no part beyond its end', async () => {
    const response = await get({ range: `bytes=${size}-` });

    expect(response.statusCode).toBe(416);
    expect(response.headers['content-range']).toBe(`bytes */${size}`);
    expect(response.json()).toMatchObject({ code: 'range_not_satisfiable' });
  });

  it('is not sent again to who has it', async () => {
    const etag = String((await get()).headers.etag);
    const again = await get({ 'if-none-match': etag });
    const part = await get({ range: 'bytes=0-9', 'if-range': etag });
    const changed = await get({ range: 'bytes=0-9', 'if-range': '"another"' });

    expect(again.statusCode).toBe(304);
    expect(again.rawPayload).toHaveLength(0);
    expect(part.statusCode).toBe(206);
    expect(changed.statusCode).toBe(200);
  });

  it('is not cached while it grows', async () => {
    await reopenWith((conversation) => ({ ...conversation, phase: 'open', endedAt: null }));
    const response = await get({ range: 'bytes=0-9' });

    expect(response.statusCode).toBe(206);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers.etag).toBeUndefined();
    expect(response.headers['last-modified']).toBeUndefined();
  });

  it('has another tag once the conversation claims other sound', async () => {
    const before = String((await get()).headers.etag);
    await reopenWith((conversation) => ({
      ...conversation,
      ranges: [{ ...conversation.ranges[0]!, endMs: 9000 }],
    }));

    expect((await get()).headers.etag).toMatch(/^"[\w-]{22}"$/);
    expect((await get()).headers.etag).not.toBe(before);
  });

  it('has one address only under /audio/', async () => {
    const { authorization } = await house.as('ada');
    const { conversation } = house.of('ada');
    const uuid = conversation.id.replaceAll('-', '');
    const status = async (path: string) =>
      (await house.app.inject({ url: `/audio/${path}`, headers: { authorization } })).statusCode;

    expect(await status(`1749988800_${conversation.clientId}_${uuid}.wav?v=1`)).toBe(200);
    for (const path of [
      '',
      `1_${conversation.clientId}_${uuid}.wav`,
      `1749988800_other_${uuid}.wav`,
      `1749988800_${conversation.clientId}_${uuid}.mp3`,
      `..%2f${uuid}.wav`,
    ]) {
      expect(await status(path), path).toBe(404);
    }
  });

  it('breaks off, rather than end early, when some of it cannot be read', async () => {
    await house.app.close();
    house = await openHouse(fakeClock(), {
      override: () => ({
        captureReader: {
          openOgg: () => Promise.reject(new Error('no Opus here')),
          openRange: async () => ({
            format: speechFormat,
            byteCount: 1000,
            gaps: [],
            async *read() {
              yield new Uint8Array(10);
            },
          }),
        },
      }),
    });

    await expect(get()).rejects.toThrow();
  });

  describe('of an Opus capture', () => {
    const ogg = Uint8Array.from({ length: 5000 }, (_, at) => at % 251);
    const getCapture = async (query = '', headers: Record<string, string> = {}) => {
      const { authorization } = await house.as('ada');
      const url = `/api/captures/${house.of('ada').capture.id}/audio${query}`;
      return house.app.inject({ url, headers: { authorization, ...headers } });
    };

    beforeEach(async () => {
      await house.app.close();
      house = await openHouse(fakeClock(), {
        override: ({ captureStore, captureReader }) => ({
          captureStore: {
            ...captureStore,
            async find(userId, id) {
              const found = await captureStore.find(userId, id);
              return found && { ...found, format: opusFormat };
            },
          },
          captureReader: {
            ...captureReader,
            openOgg: async () => ({
              byteCount: ogg.byteLength,
              async *read(start, end) {
                yield ogg.subarray(start, end);
              },
            }),
          },
        }),
      });
    });

    it('comes as it was recorded, or any part of it', async () => {
      const whole = await getCapture();
      expect(whole.headers).toMatchObject({
        'content-type': 'audio/ogg',
        'accept-ranges': 'bytes',
      });
      expect(whole.rawPayload.equals(ogg)).toBe(true);

      const part = await getCapture('', { range: 'bytes=100-199' });
      expect(part.statusCode).toBe(206);
      expect(part.headers['content-range']).toBe('bytes 100-199/5000');
      expect(part.rawPayload.equals(ogg.subarray(100, 200))).toBe(true);
    });

    it('comes as WAV where that is asked for', async () => {
      const response = await getCapture('?format=wav');
      expect(response.headers['content-type']).toBe('audio/wav');
      expect(response.rawPayload).toHaveLength(size);
      expect((await getCapture('?format=mp3')).statusCode).toBe(422);
    });
  });
});
