import { afterEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, password, type House, type HouseScript } from './house.fake.ts';

let house: House;
afterEach(() => house.app.close());

async function setUp(script?: HouseScript) {
  house = await openHouse(fakeClock(), script);
  return house;
}

const form = (fields: Record<string, string>) => ({
  payload: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const ada = { username: 'ada@example.com', password };

function logIn(fields: Record<string, string> = ada, kind = 'jwt', headers = {}) {
  const { payload, headers: type } = form(fields);
  return house.app.inject({
    method: 'POST',
    url: `/auth/${kind}/login`,
    payload,
    headers: { ...type, ...headers },
  });
}

function me(headers: Record<string, string>) {
  return house.app.inject({ url: '/users/me', headers });
}

describe('logging in for a token', () => {
  it('takes an urlencoded form', async () => {
    await setUp();
    const response = await logIn({ ...ada, grant_type: 'password', scope: '', client_id: 'x' });

    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      access_token: expect.any(String) as unknown,
      token_type: 'bearer',
    });
    expect(response.headers['cache-control']).toBe('no-store');
    const { access_token: token } = response.json<{ access_token: string }>();
    expect((await me({ authorization: `Bearer ${token}` })).json()).toMatchObject({
      email: 'ada@example.com',
      is_superuser: false,
    });
  });

  it('takes a multipart form', async () => {
    await setUp();
    const data = new FormData();
    data.set('username', ada.username);
    data.set('password', ada.password);
    const response = await house.app.inject({
      method: 'POST',
      url: '/auth/jwt/login',
      payload: data,
    });

    expect(response.statusCode).toBe(200);
  });

  it('refuses a multipart form with files, or with more than a form needs', async () => {
    await setUp();
    const withFile = new FormData();
    withFile.set('username', ada.username);
    withFile.set('password', new Blob(['x'.repeat(100)]), 'password.txt');
    const withMuch = new FormData();
    withMuch.set('username', ada.username);
    withMuch.set('password', 'x'.repeat(1024 * 1024));

    for (const payload of [withFile, withMuch]) {
      const response = await house.app.inject({ method: 'POST', url: '/auth/jwt/login', payload });
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      expect(response.json()).toMatchObject({
        code: expect.any(String) as unknown,
        message: expect.any(String) as unknown,
      });
    }
  });

  it('gives one answer to everything that is wrong', async () => {
    await setUp();
    for (const fields of [
      { ...ada, password: 'wrong' },
      { ...ada, username: 'nobody@example.com' },
    ]) {
      const response = await logIn(fields);
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({
        detail: 'LOGIN_BAD_CREDENTIALS',
        code: 'bad_credentials',
      });
    }
  });

  it('names missing fields as existing clients expect it', async () => {
    await setUp();
    const empty = await house.app.inject({ method: 'POST', url: '/auth/jwt/login' });
    const half = await logIn({ username: ada.username });

    expect(empty.statusCode).toBe(422);
    expect(half.statusCode).toBe(422);
    expect(half.json()).toMatchObject({
      detail: [{ type: 'missing', loc: ['body', 'password'], msg: 'Field required' }],
      code: 'invalid_request',
      message: 'password: Field required',
    });
  });

  it('refuses another grant than the password', async () => {
    await setUp();
    expect((await logIn({ ...ada, grant_type: 'client_credentials' })).statusCode).toBe(422);
  });

  it('slows guessing down with 429 and says when to come back', async () => {
    await setUp();
    for (let index = 0; index < 5; index++) await logIn({ ...ada, password: 'wrong' });
    const response = await logIn();

    expect(response.statusCode).toBe(429);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({ code: 'too_many_requests' });
    expect((await logIn({ ...ada, username: 'bob@example.com' })).statusCode).toBe(200);
    house.clock.advance(1000);
    expect((await logIn()).statusCode).toBe(200);
  });

  it('ends the token at logout', async () => {
    await setUp();
    const headers = await house.as('ada');
    const logOut = () => house.app.inject({ method: 'POST', url: '/auth/jwt/logout', headers });

    expect((await logOut()).statusCode).toBe(204);
    expect((await me(headers)).statusCode).toBe(401);
    expect((await logOut()).statusCode).toBe(401);
  });
});

describe('logging in for a cookie', () => {
  const cookieOf = (header: string | string[] | undefined) => String(header);

  it('sets a cookie that scripts cannot read, for one hour', async () => {
    await setUp();
    const response = await logIn(ada, 'cookie');

    expect(response.statusCode).toBe(204);
    expect(response.body).toBe('');
    expect(cookieOf(response.headers['set-cookie'])).toMatch(
      /^fastapiusersauth=[\w.-]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it('sends it over TLS only where the server is served so', async () => {
    await setUp({
      override: () => ({ isCookieSecure: true, publicUrl: 'https://friend.example' }),
    });
    const response = await logIn(ada, 'cookie');

    expect(cookieOf(response.headers['set-cookie'])).toContain('; Secure');
    expect(response.headers['strict-transport-security']).toContain('max-age=');
  });

  it('identifies by it, clears it and ends its token at logout', async () => {
    await setUp();
    const [cookie = ''] = cookieOf((await logIn(ada, 'cookie')).headers['set-cookie']).split(';');
    expect((await me({ cookie })).statusCode).toBe(200);

    const out = await house.app.inject({
      method: 'POST',
      url: '/auth/cookie/logout',
      headers: { cookie },
    });

    expect(out.statusCode).toBe(204);
    expect(cookieOf(out.headers['set-cookie'])).toMatch(
      /^fastapiusersauth=; Max-Age=0; Path=\/;.*HttpOnly; SameSite=Lax$/,
    );
    expect((await me({ cookie })).statusCode).toBe(401);
  });

  it('is refused to a foreign page, which would log the browser in as somebody else', async () => {
    await setUp();
    const response = await logIn(ada, 'cookie', { 'sec-fetch-site': 'cross-site' });

    expect(response.statusCode).toBe(403);
    expect(response.headers['set-cookie']).toBeUndefined();
  });
});

describe('requests with a cookie', () => {
  const closing = (headers: Record<string, string>) =>
    house.app.inject({
      method: 'POST',
      url: `/api/conversations/${house.of('ada').device.clientId}/close`,
      headers: { host: 'friend.local:8000', ...headers },
    });

  it.each([
    ['from our page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['typed by the user', { 'sec-fetch-site': 'none' }, 200],
    ['from our page over plain HTTP', { origin: 'http://friend.local:8000' }, 200],
    ['from our public address, behind a proxy', { origin: 'http://friend.example:8000' }, 200],
    ['from no browser', {}, 200],
    ['from a foreign page', { 'sec-fetch-site': 'cross-site' }, 403],
    ['from a page next door', { 'sec-fetch-site': 'same-site' }, 403],
    ['from a foreign page over plain HTTP', { origin: 'http://evil.example' }, 403],
    ['from our host on another port', { origin: 'http://friend.local:9000' }, 403],
    ['from a page without an origin', { origin: 'null' }, 403],
  ])('that change something: %s', async (_name, headers, status) => {
    await setUp();
    const { token } = await house.as('ada');
    const response = await closing({ cookie: `fastapiusersauth=${token}`, ...headers });

    expect(response.statusCode).toBe(status);
    expect(house.closed).toHaveLength(status === 200 ? 1 : 0);
  });

  it('only read: from anywhere, since a foreign page cannot see the answer', async () => {
    await setUp();
    const { token } = await house.as('ada');
    const response = await me({
      cookie: `fastapiusersauth=${token}`,
      'sec-fetch-site': 'cross-site',
    });

    expect(response.statusCode).toBe(200);
    expect(response.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('need no page of ours when they bring a token of their own', async () => {
    await setUp();
    const { token, authorization } = await house.as('ada');
    const response = await closing({
      cookie: `fastapiusersauth=${token}`,
      authorization,
      'sec-fetch-site': 'cross-site',
    });

    expect(response.statusCode).toBe(200);
  });

  it('are tried before the header, and do not spoil it when they are stale', async () => {
    await setUp();
    const ada = await house.as('ada');
    const bob = await house.as('bob');
    const both = await me({
      cookie: `fastapiusersauth=${ada.token}`,
      authorization: bob.authorization,
    });
    const stale = await me({ cookie: 'fastapiusersauth=old', authorization: bob.authorization });

    expect(both.json()).toMatchObject({ email: 'ada@example.com' });
    expect(stale.json()).toMatchObject({ email: 'bob@example.com' });
  });
});

describe('tokens in the address', () => {
  it('count for sound, which players fetch without headers, and nowhere else', async () => {
    await setUp();
    const { token } = await house.as('ada');
    const sound = `/api/captures/${house.of('ada').capture.id}/audio`;
    const status = async (url: string) =>
      (await house.app.inject({ url, query: { token } })).statusCode;

    expect(await status(sound)).toBe(200);
    expect(await status('/users/me')).toBe(401);
    expect(await status('/api/memories')).toBe(401);
    expect(await status('/api/conversations')).toBe(401);
  });
});

describe('GET /api/auth/config', () => {
  it('tells how people sign in, to anybody', async () => {
    await setUp();
    const response = await house.app.inject('/api/auth/config');

    expect(response.json()).toMatchObject({
      auth_method: 'email',
      registration_enabled: false,
      auth_methods: { email_password: true },
    });
    expect(response.body).not.toContain('@');
  });
});
