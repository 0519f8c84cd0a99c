import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import type { TextImport } from '../conversations/index.ts';
import { openHouse, type House } from './house.fake.ts';

let house: House;
let texts: TextImport[];

beforeAll(async () => {
  house = await openHouse(fakeClock(), {
    override: ({ importText }) => ({
      importText(text) {
        texts.push(text);
        return importText(text);
      },
    }),
  });
});
beforeEach(() => {
  texts = [];
});
afterAll(() => house.app.close());

async function send(payload: object | string) {
  const { authorization } = await house.as('ada');
  return house.app.inject({
    method: 'POST',
    url: '/api/conversations/import',
    headers: { authorization },
    payload,
  });
}
const startedAt = '2026-05-01T10:00:00+02:00';
const startMs = Date.parse(startedAt);

describe('bringing in text', () => {
  it('takes what was said, by whom and when', async () => {
    const answer = await send({
      started_at: startedAt,
      title: ' A walk ',
      device_name: 'Old Diary',
      utterances: [
        { text: ' Hello. ', speaker: 'Ada', start: 1.5, end: 2, external_id: 'D1:1' },
        { text: 'Yes.', started_at: '2026-05-01T08:01:00Z' },
      ],
    });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ utterance_count: 2 });
    expect(texts).toMatchObject([
      {
        userId: house.of('ada').user.id,
        title: 'A walk',
        startedAt: startMs,
        utterances: [
          {
            text: 'Hello.',
            speaker: 'Ada',
            startMs: startMs + 1500,
            endMs: startMs + 2000,
            externalId: 'D1:1',
          },
          { text: 'Yes.', speaker: null, startMs: startMs + 60_000, endMs: null, externalId: null },
        ],
      },
    ]);
    expect(texts[0]?.clientId).toMatch(/-olddiary$/);
  });

  it.each([
    ['nothing', {}],
    ['no words', { started_at: startedAt, utterances: [] }],
    ['an empty text', { started_at: startedAt, utterances: [{ text: '  ' }] }],
    ['a time without a zone', { started_at: '2026-05-01T10:00:00', utterances: [{ text: 'Hi.' }] }],
    [
      'a time before all times',
      { started_at: '0001-05-01T10:00:00Z', utterances: [{ text: 'a' }] },
    ],
    [
      'an end before its start',
      { started_at: startedAt, utterances: [{ text: 'a', start: 2, end: 1 }] },
    ],
    ['a negative start', { started_at: startedAt, utterances: [{ text: 'a', start: -1 }] }],
    ['an unknown field', { started_at: startedAt, utterances: [{ words: 'a' }] }],
    ['a text too long', { started_at: startedAt, utterances: [{ text: 'a'.repeat(20_001) }] }],
    ['no object', '"text"'],
  ])('refuses %s', async (_, body) => {
    expect((await send(body)).statusCode).toBeGreaterThanOrEqual(400);
    expect((await send(body)).statusCode).toBeLessThan(500);
    expect(texts).toEqual([]);
  });

  it('refuses what is too large, and who is nobody', async () => {
    const utterances = Array.from({ length: 1700 }, () => ({ text: 'a'.repeat(10_000) }));
    expect((await send({ started_at: startedAt, utterances })).statusCode).toBe(413);
    const nobody = await house.app.inject({ method: 'POST', url: '/api/conversations/import' });
    expect(nobody.statusCode).toBe(401);
  });
});
