import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock, type FakeClock } from '../base/fake-clock.ts';
import { AppError } from '../base/index.ts';
import { openHouse, type House } from './house.fake.ts';

let house: House;
let clock: FakeClock;
beforeAll(async () => {
  clock = fakeClock();
  house = await openHouse(clock);
});
afterAll(() => house.app.close());

async function ask(
  name: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
) {
  const { authorization } = await house.as(name);
  return house.app.inject({
    method,
    url,
    headers: { authorization },
    ...(payload ? { payload } : {}),
  });
}

const audioPath = (name: string): string => {
  const { conversation } = house.of(name);
  return `1749988800_${conversation.clientId}_${conversation.id.replaceAll('-', '')}.wav`;
};

describe('a signed address of sound', () => {
  const sign = async (name: string, path: string) => ask(name, 'POST', '/api/audio/sign', { path });

  it('opens without any token, whole or in part', async () => {
    const answer = await sign('ada', audioPath('ada'));
    expect(answer.statusCode).toBe(200);
    const { url } = answer.json<{ url: string }>();
    expect((await house.app.inject(url)).statusCode).toBe(200);
    const part = await house.app.inject({ url, headers: { range: 'bytes=0-99' } });
    expect(part.statusCode).toBe(206);
    expect(part.rawPayload).toHaveLength(100);
  });

  it('is signed for one’s own sound only, also for administrators', async () => {
    expect((await sign('bob', audioPath('ada'))).statusCode).toBe(404);
    expect((await sign('root', audioPath('ada'))).statusCode).toBe(404);
    expect((await sign('ada', '/audio/../etc/passwd')).statusCode).toBe(404);
  });

  it('is refused with 403 once it is over or altered, also with a good token beside it', async () => {
    const { url } = (await sign('ada', `/audio/${audioPath('ada')}`)).json<{ url: string }>();
    const altered = url.replace(/signature=(.*)$/, 'signature=nothing');
    expect((await house.app.inject(altered)).json()).toMatchObject({ code: 'signed_url_invalid' });
    expect((await house.app.inject(url.replace('.wav', '_cropped.wav'))).statusCode).toBe(403);
    const { authorization } = await house.as('ada');
    const both = await house.app.inject({ url: altered, headers: { authorization } });
    expect(both.statusCode).toBe(403);
    clock.advance(601_000);
    const late = await house.app.inject(url);
    expect(late.statusCode).toBe(403);
    expect(late.json()).toMatchObject({ code: 'signed_url_expired' });
  });

  it('opens nothing but that address', async () => {
    const { url } = (await sign('ada', audioPath('ada'))).json<{ url: string }>();
    const query = url.slice(url.indexOf('?'));
    const { capture, conversation } = house.of('ada');
    for (const path of [
      '/users/me',
      '/api/conversations',
      `/api/conversations/${conversation.id}/audio`,
      `/api/captures/${capture.id}/audio`,
    ]) {
      expect((await house.app.inject(path + query)).statusCode, path).toBe(401);
    }
  });
});

describe('retention', () => {
  it('reads and writes one’s own settings', async () => {
    expect((await ask('ada', 'GET', '/api/settings/retention')).json()).toEqual({
      audio_days: null,
      conversations_days: null,
      unclaimed_audio_hours: null,
    });
    const body = { audio_days: 30, conversations_days: null, unclaimed_audio_hours: 0 };
    expect((await ask('ada', 'PUT', '/api/settings/retention', body)).json()).toEqual(body);
    for (const wrong of [{ ...body, audio_days: 0 }, { ...body, audio_days: 1.5 }, {}]) {
      const refused = await ask('ada', 'PUT', '/api/settings/retention', wrong);
      expect(refused.statusCode).toBe(422);
    }
  });

  it('says what goes, or went', async () => {
    for (const path of ['/api/retention/dry-run', '/api/retention/run']) {
      const answer = await ask('ada', 'POST', path);
      expect(answer.json()).toEqual({
        conversations: [],
        captures: [],
        conversation_count: 0,
        segment_count: 0,
        bytes: 0,
      });
    }
  });

  it('knows only one’s own recordings', async () => {
    const { capture } = house.of('ada');
    const claimed = await ask('ada', 'DELETE', `/api/captures/${capture.id}`);
    expect(claimed.statusCode).toBe(409);
    expect(claimed.json()).toMatchObject({ code: 'capture_claimed' });
    for (const url of [`/api/captures/${capture.id}?force=true`, '/api/captures/none']) {
      expect((await ask('bob', 'DELETE', url)).statusCode).toBe(404);
    }
  });

  it('lets everybody erase themselves, and administrators anybody', async () => {
    const ada = house.of('ada').user.id;
    expect((await ask('ada', 'DELETE', '/api/users/me/data')).json()).toMatchObject({
      user_id: ada,
    });
    expect((await ask('bob', 'DELETE', `/api/users/${ada}/data`)).statusCode).toBe(403);
    expect((await ask('root', 'DELETE', `/api/users/${ada}/data`)).statusCode).toBe(200);
    expect((await ask('root', 'DELETE', `/api/users/${'0'.repeat(24)}/data`)).statusCode).toBe(404);
  });
});

describe('storage', () => {
  it('is shown to its owner, and to administrators', async () => {
    const { id } = house.of('ada').user;
    expect((await ask('ada', 'GET', '/api/storage')).json()).toMatchObject({
      audio: { pcm: 0, flac: 0, opus: 0 },
      audio_bytes_per_hour: null,
      devices: [],
    });
    expect((await ask('root', 'GET', `/api/storage?user_id=${id}`)).statusCode).toBe(200);
    expect((await ask('bob', 'GET', `/api/storage?user_id=${id}`)).statusCode).toBe(403);
  });

  it('checks recordings line by line, for administrators', async () => {
    expect((await ask('ada', 'GET', '/api/captures/check')).statusCode).toBe(403);
    const answer = await ask('root', 'GET', '/api/captures/check');
    const lines = answer.body
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines.at(-1)).toEqual({ type: 'done', captures: 3, segments: 3, faults: 0 });
  });

  it('ends the answer without “done” when the check fails, and can be asked again', async () => {
    const broken = await openHouse(fakeClock(), {
      override: () => ({
        // eslint-disable-next-line require-yield -- it fails before it finds anything
        async *checkCaptures() {
          throw new AppError('internal');
        },
      }),
    });
    const { authorization } = await broken.as('root');
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await broken.app
        .inject({ url: '/api/captures/check', headers: { authorization } })
        .then(({ statusCode, body }) => ({ statusCode, body }))
        .catch(() => ({ statusCode: 0, body: '' }));
      expect(answer.statusCode).not.toBe(409);
      expect(answer.body).not.toContain('done');
    }
    await broken.app.close();
  });
});
