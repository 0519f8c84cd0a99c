import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, type House } from './house.fake.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse(fakeClock());
});
afterAll(() => house.app.close());

/** What a request of `name` about `url` brings. */
async function ask(
  name: string,
  url: string,
  method: 'GET' | 'POST' | 'HEAD' = 'GET',
  payload = {},
) {
  const { authorization } = await house.as(name);
  return house.app.inject({
    method,
    url,
    headers: { authorization },
    ...(method === 'POST' ? { payload } : {}),
  });
}

/** Every address of something that belongs to one user. */
function addressesOf(name: string): string[] {
  const { conversation, capture } = house.of(name);
  const uuid = conversation.id.replaceAll('-', '');
  const file = `1749988800_${conversation.clientId}_${uuid}`;
  return [
    `/api/conversations/${conversation.id}`,
    `/api/conversations/${uuid}`,
    `/api/conversations/${conversation.id}/transcript`,
    `/api/conversations/${conversation.id}/versions`,
    `/api/conversations/${conversation.id}/audio`,
    `/api/conversations/${uuid}/audio`,
    `/api/captures/${capture.id}/audio`,
    `/audio/${file}.wav`,
    `/audio/${file}_cropped.wav`,
  ];
}

const lists = [
  '/users/me',
  '/api/conversations',
  '/api/conversations?group_by=client',
  '/api/memories',
  '/api/memories/search?query=remembered',
  '/api/clients/active',
  '/api/active_clients',
];

describe('what belongs to one user', () => {
  it('is there for them', async () => {
    for (const url of addressesOf('ada')) {
      expect((await ask('ada', url)).statusCode, url).toBe(200);
    }
  });

  it('does not exist for another, as if it never had', async () => {
    for (const url of addressesOf('ada')) {
      const response = await ask('bob', url);
      expect(response.statusCode, url).toBe(404);
      expect((await ask('bob', url, 'HEAD')).statusCode, url).toBe(404);
      expect(response.body).not.toContain('ada@example.com');
    }
  });

  it('exists for an administrator who says whose it is, and only then', async () => {
    const { id } = house.of('ada').user;
    for (const url of addressesOf('ada')) {
      expect((await ask('root', url)).statusCode, url).toBe(404);
      expect((await ask('root', `${url}?user_id=${id}`)).statusCode, url).toBe(200);
    }
  });

  it('is refused to a user who names its owner', async () => {
    const { id } = house.of('ada').user;
    for (const url of [
      ...addressesOf('ada'),
      '/api/conversations',
      '/api/memories',
      '/api/memories/search',
    ]) {
      const response = await ask('bob', `${url}?query=remembered&user_id=${id}`);
      expect(response.statusCode, url).toBe(403);
      expect(response.json()).toMatchObject({ code: 'forbidden', detail: 'Forbidden' });
    }
  });

  it('is nobody’s who is not logged in', async () => {
    for (const url of [...addressesOf('ada'), ...lists, '/api/users', '/api/events']) {
      const response = await house.app.inject(url);
      expect(response.statusCode, url).toBe(401);
      expect(response.json()).toMatchObject({ detail: 'Unauthorized', code: 'unauthorized' });
    }
  });
});

describe('lists', () => {
  it.each(lists)('%s shows a user nothing of another', async (url) => {
    const response = await ask('bob', url);

    expect(response.statusCode).toBe(200);
    expect(response.body).toContain(house.of('bob').user.id);
    expect(response.body).not.toContain('ada@example.com');
    expect(response.body).not.toContain(house.of('ada').user.id);
  });

  it('show an administrator their own, or the one they ask for', async () => {
    const own = await ask('root', '/api/memories');
    const asked = await ask('root', `/api/memories?user_id=${house.of('ada').user.id}`);

    expect(own.json()).toMatchObject({ user_id: house.of('root').user.id, count: 1 });
    expect(own.body).not.toContain('ada@example.com');
    expect(asked.json()).toMatchObject({
      user_id: house.of('ada').user.id,
      total_count: 1,
      memories: [{ memory: 'remembered for ada@example.com' }],
    });
  });

  it('show an administrator every device', async () => {
    const { clients } = (await ask('root', '/api/clients/active')).json<{ clients: unknown[] }>();

    expect(clients).toHaveLength(3);
    expect(clients).toContainEqual(
      expect.objectContaining({
        user_id: house.of('bob').user.id,
        has_active_conversation: false,
        current_audio_uuid: null,
        conversation_count: 1,
      }),
    );
  });

  it('refuse a user id that is none', async () => {
    expect((await ask('root', '/api/memories?user_id=me')).statusCode).toBe(422);
  });
});

describe('closing a conversation', () => {
  const closeOf = (name: string) => `/api/conversations/${house.of(name).device.clientId}/close`;

  it('works for the owner, by either address', async () => {
    const { clientId } = house.of('ada').device;
    for (const url of [closeOf('ada'), `/api/close_conversation?client_id=${clientId}`]) {
      const response = await ask('ada', url, 'POST');
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({
        message: `Successfully closed current conversation for client '${clientId}'`,
        client_id: clientId,
        conversation_id: house.of('ada').conversation.id,
      });
    }
  });

  it('works for an administrator', async () => {
    expect((await ask('root', closeOf('ada'), 'POST')).statusCode).toBe(200);
    expect(house.closed.at(-1)?.userId).toBe(house.of('ada').user.id);
  });

  it('is forbidden to others, for devices that exist and for those that do not', async () => {
    const before = house.closed.length;
    expect((await ask('bob', closeOf('ada'), 'POST')).statusCode).toBe(403);
    expect((await ask('bob', '/api/conversations/nothing/close', 'POST')).statusCode).toBe(403);
    expect(house.closed).toHaveLength(before);
  });

  it('tells an administrator that a device is not there, and anybody that nothing is open', async () => {
    const missing = await ask('root', '/api/conversations/nothing/close', 'POST');
    const idle = await ask('bob', closeOf('bob'), 'POST');

    expect(missing.statusCode).toBe(404);
    expect(missing.json()).toMatchObject({
      code: 'client_not_found',
      error: "Client 'nothing' not found or not connected",
    });
    expect(idle.statusCode).toBe(409);
    expect(idle.json()).toMatchObject({ code: 'no_open_conversation' });
  });
});

describe('accounts', () => {
  const draft = { email: 'New@Example.com', password: 'long enough', is_superuser: 'False' };

  it('are seen and made by administrators alone', async () => {
    expect((await ask('ada', '/api/users')).statusCode).toBe(403);
    for (const url of ['/api/users', '/api/create_user']) {
      expect((await ask('ada', url, 'POST', draft)).statusCode, url).toBe(403);
      // Refused before what they sent is even looked at.
      expect((await ask('ada', url, 'POST', { nonsense: true })).statusCode, url).toBe(403);
    }
  });

  it('are listed without their hashes', async () => {
    const response = await ask('root', '/api/users');

    expect(response.json()).toHaveLength(3);
    expect(response.json()).toContainEqual(
      expect.objectContaining({ id: house.of('ada').user.id, _id: house.of('ada').user.id }),
    );
    expect(response.body).not.toMatch(/hash|\$2b\$/);
  });

  it('are created once, and a string "False" is false', async () => {
    const created = await ask('root', '/api/create_user', 'POST', draft);
    const again = await ask('root', '/api/users', 'POST', draft);

    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({
      message: 'User new@example.com created successfully',
      user_email: 'new@example.com',
      user: { is_superuser: false, is_active: true },
    });
    expect(again.statusCode).toBe(409);
    expect(again.json()).toMatchObject({
      code: 'user_exists',
      message: expect.any(String) as unknown,
    });
  });

  it('need a password that is neither short nor cut by bcrypt', async () => {
    for (const password of ['short', 'é'.repeat(40)]) {
      const response = await ask('root', '/api/create_user', 'POST', { ...draft, password });
      expect(response.statusCode).toBe(422);
      expect(response.json()).toMatchObject({ detail: [{ loc: ['body', 'password'] }] });
      expect(response.body).not.toContain(password);
    }
  });
});
