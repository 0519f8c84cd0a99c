import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, type House } from './house.fake.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse(fakeClock());
});
afterAll(() => house.app.close());

async function ask(name: string, query = '', path = 'transcript') {
  const { conversation } = house.of(name);
  return house.app.inject({
    url: `/api/conversations/${conversation.id}/${path}${query}`,
    headers: await house.as(name),
  });
}

describe('the transcript of a conversation', () => {
  it('is given as JSON, with times from its start', async () => {
    const answer = await ask('ada');
    expect(answer.statusCode).toBe(200);
    const body = answer.json<{
      transcript: string;
      segments: { start: number; words: { start: number }[] }[];
    }>();
    expect(body.segments[0]?.start).toBeGreaterThanOrEqual(0);
    expect(body.transcript).not.toBe('');
    expect(body.segments[0]?.words).toMatchObject([{ text: 'spoken', confidence: 0.8 }]);
    expect(body.segments[0]?.words[0]?.start).toBeGreaterThan(body.segments[0]!.start);
  });

  it.each([
    ['txt', 'text/plain', /\S/],
    ['srt', 'application/x-subrip', /^1\n00:00:/],
    ['vtt', 'text/vtt', /^WEBVTT\n\n00:00:/],
  ])('is taken away as %s', async (format, type, shape) => {
    const answer = await ask('ada', `?format=${format}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain(type);
    expect(answer.headers['content-disposition']).toContain(`.${format}"`);
    expect(answer.body).toMatch(shape);
  });

  it('is refused in other formats, and where there is no such version', async () => {
    expect((await ask('ada', '?format=docx')).statusCode).toBe(422);
    expect((await ask('ada', '?version=nothing')).json()).toMatchObject({
      code: 'transcript_not_found',
    });
  });

  it('is listed in all its versions', async () => {
    const { transcript_versions: versions, active_transcript_version: active } = (
      await ask('ada', '', 'versions')
    ).json<{
      transcript_versions: { version_id: string }[];
      active_transcript_version: string;
    }>();
    expect(versions.map(({ version_id }) => version_id)).toContain(active);
  });
});
