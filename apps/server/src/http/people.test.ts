import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, type House } from './house.fake.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse(fakeClock());
});
afterAll(() => house.app.close());

async function ask(
  name: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
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

describe('people', () => {
  it('are named by what they said, and seen in the transcript', async () => {
    const { conversation, transcript } = house.of('ada');
    const url = `/api/conversations/${conversation.id}/speakers`;
    const segmentId = transcript.utterances[0]?.id;
    const named = await ask('ada', 'POST', url, { segment_id: segmentId, name: ' Grace ' });
    expect(named.statusCode).toBe(200);
    const { person } = named.json<{ person: { person_id: string } }>();
    expect(named.json()).toMatchObject({ person: { name: 'Grace', segment_count: 1 } });

    const page = await ask('ada', 'GET', `/api/conversations/${conversation.id}`);
    expect(page.json()).toMatchObject({
      conversation: { segments: [{ speaker: 'Grace', person_id: person.person_id }] },
    });
    const text = await ask(
      'ada',
      'GET',
      `/api/conversations/${conversation.id}/transcript?format=txt`,
    );
    expect(text.body).toContain('Grace: ');
  });

  it('are renamed, merged and removed', async () => {
    const added = await ask('bob', 'POST', '/api/people', { name: 'Ann' });
    const other = await ask('bob', 'POST', '/api/people', { name: 'Anne' });
    const id = added.json<{ person_id: string }>().person_id;
    const otherId = other.json<{ person_id: string }>().person_id;
    expect((await ask('bob', 'PATCH', `/api/people/${id}`, { name: 'Anna' })).json()).toMatchObject(
      { name: 'Anna' },
    );
    const merged = await ask('bob', 'POST', '/api/people/merge', { person_ids: [id, otherId] });
    expect(merged.json()).toMatchObject({ person_id: id, name: 'Anna' });
    expect((await ask('bob', 'GET', '/api/people')).json()).toMatchObject({
      people: [{ name: 'Anna' }],
    });
    expect((await ask('bob', 'DELETE', `/api/people/${id}`)).statusCode).toBe(200);
    expect((await ask('bob', 'DELETE', `/api/people/${id}`)).json()).toMatchObject({
      code: 'person_not_found',
    });
  });

  it('are nobody else’s', async () => {
    const added = await ask('ada', 'POST', '/api/people', { name: 'Hedy' });
    const id = added.json<{ person_id: string }>().person_id;
    for (const answer of [
      await ask('bob', 'PATCH', `/api/people/${id}`, { name: 'Eve' }),
      await ask('bob', 'DELETE', `/api/people/${id}`),
      await ask('bob', 'POST', '/api/people/merge', { person_ids: [id, id.replace(/.$/, '0')] }),
    ]) {
      expect(answer.statusCode).toBe(404);
    }
    const { conversation, transcript } = house.of('ada');
    const foreign = await ask('bob', 'POST', `/api/conversations/${conversation.id}/speakers`, {
      segment_id: transcript.utterances[0]?.id,
      name: 'Eve',
    });
    expect(foreign.json()).toMatchObject({ code: 'conversation_not_found' });
  });

  it('are refused without a name, or with two claims at once', async () => {
    const { conversation } = house.of('ada');
    const url = `/api/conversations/${conversation.id}/speakers`;
    expect((await ask('ada', 'POST', '/api/people', { name: '  ' })).statusCode).toBe(422);
    expect((await ask('ada', 'POST', url, { segment_id: 'x' })).statusCode).toBe(422);
    expect(
      (await ask('ada', 'POST', url, { segment_id: 'x', name: 'A', person_id: null })).statusCode,
    ).toBe(422);
    expect((await ask('ada', 'POST', url, { segment_id: 'x', name: 'A' })).json()).toMatchObject({
      code: 'segment_not_found',
    });
  });
});
