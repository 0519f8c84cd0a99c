import { errorBodySchema, healthSchema } from '@friend-lite/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../base/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { openHouse, password, type House, type HouseScript } from './house.fake.ts';

let house: House;
afterEach(() => house.app.close());

async function setUp(script?: HouseScript) {
  house = await openHouse(fakeClock(), script);
  return house;
}

describe('errors', () => {
  const errorOf = (response: { json(): unknown }) =>
    errorBodySchema.strict().parse(response.json());

  it('have one body, whatever went wrong', async () => {
    await setUp();
    const { authorization } = await house.as('root');
    const json = { authorization, 'content-type': 'application/json' };
    const post = (payload: string, headers: Record<string, string>) =>
      house.app.inject({ method: 'POST', url: '/api/create_user', payload, headers });
    const cases = [
      [await house.app.inject('/api/nothing'), 404, 'not_found'],
      [await house.app.inject('/api/conversations/%zz'), 404, 'not_found'],
      [await house.app.inject({ method: 'DELETE', url: '/users/me' }), 405, 'method_not_allowed'],
      [await post('{"email": ', json), 422, 'invalid_request'],
      [await post('', json), 422, 'invalid_request'],
      [await post('{}', json), 422, 'invalid_request'],
      [await post('hello', { ...json, 'content-type': 'text/css' }), 415, 'unsupported_media_type'],
      [await post(`"${'x'.repeat(70_000)}"`, json), 413, 'payload_too_large'],
      [
        await house.app.inject({ url: '/api/memories?limit=0', headers: json }),
        422,
        'invalid_request',
      ],
      [
        await house.app.inject({ url: '/api/memories?limit=1001', headers: json }),
        422,
        'invalid_request',
      ],
      [
        await house.app.inject({ url: '/api/memories/search', headers: json }),
        422,
        'invalid_request',
      ],
      [
        await house.app.inject({ url: '/api/conversations/x', headers: json }),
        404,
        'conversation_not_found',
      ],
    ] as const;

    for (const [response, status, code] of cases) {
      expect(response.statusCode, code).toBe(status);
      const body = errorOf(response);
      expect(body.code).toBe(code);
      expect(body.error).toBe(body.message);
      expect(body.message).not.toBe('');
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    }
  });

  it('say where a request is wrong', async () => {
    await setUp();
    const { authorization } = await house.as('ada');
    const response = await house.app.inject({
      url: '/api/memories?limit=zero',
      headers: { authorization },
    });

    expect(errorOf(response)).toMatchObject({
      detail: [
        { type: 'invalid_type', loc: ['query', 'limit'], msg: expect.any(String) as unknown },
      ],
      message: expect.stringMatching(/^limit: /) as unknown,
    });
  });

  it('name the methods a path has', async () => {
    await setUp();
    const allow = async (method: 'GET' | 'PUT', url: string) => {
      const response = await house.app.inject({ method, url, headers: { accept: 'text/html' } });
      expect(response.statusCode).toBe(405);
      return response.headers.allow;
    };

    expect(await allow('PUT', '/api/users')).toBe('GET, HEAD, POST');
    expect(await allow('GET', '/auth/jwt/login')).toBe('POST');
    expect(await allow('GET', '/api/conversations/some-device/close')).toBe('POST');
  });

  it('tell a client nothing of what broke inside', async () => {
    await setUp({
      override: () => ({
        memories: {
          list: () => Promise.reject(new Error('SQLITE: secret words in table memories')),
          search: () => Promise.reject(new AppError('storage_unavailable')),
          listByConversation: async () => [],
        },
      }),
    });
    const { authorization } = await house.as('ada');
    const get = (url: string) => house.app.inject({ url, headers: { authorization } });
    const broken = await get('/api/memories');

    expect(broken.statusCode).toBe(500);
    expect(errorOf(broken)).toMatchObject({ code: 'internal', detail: 'Internal server error' });
    expect(broken.body).not.toMatch(/SQLITE|secret|at /);
    expect(house.lines.join('')).toContain('request failed');
    expect(house.lines.join('')).not.toContain('secret words');
    expect((await get('/api/memories/search?query=x')).statusCode).toBe(503);
  });

  it('do not let an answer out that breaks the contract', async () => {
    await setUp({
      override: ({ memories }) => ({
        memories: { ...memories, list: async () => ({ memories: [], total: 0.5 }) },
      }),
    });
    const { authorization } = await house.as('ada');

    const response = await house.app.inject({ url: '/api/memories', headers: { authorization } });
    expect(response.statusCode).toBe(500);
    expect(errorOf(response).code).toBe('internal');
  });
});

describe('before the first administrator', () => {
  const admin = { email: 'root@example.com', password };

  it('nothing answers but health and the setup', async () => {
    await setUp({ isSetupDone: false });
    const status = async (url: string, method: 'GET' | 'POST' = 'GET') =>
      (await house.app.inject({ method, url })).statusCode;

    for (const url of ['/health', '/api/health', '/readiness', '/auth/health', '/api/setup']) {
      expect(await status(url), url).toBe(200);
    }
    for (const url of [
      '/users/me',
      '/api/users',
      '/api/auth/config',
      '/api/memories',
      '/api/events',
      '/audio/x.wav',
    ]) {
      const response = await house.app.inject(url);
      expect(response.statusCode, url).toBe(503);
      expect(response.json()).toMatchObject({ code: 'setup_required' });
    }
    expect(await status('/auth/jwt/login', 'POST')).toBe(503);
  });

  it('shows the dashboard’s pages, so that the link opens something', async () => {
    await setUp({ isSetupDone: false });
    const response = await house.app.inject({
      url: `/setup?token=${house.setupToken ?? ''}`,
      headers: { accept: 'text/html' },
    });

    expect(response.headers['content-type']).toContain('text/html');
    expect(response.headers['referrer-policy']).toBe('no-referrer');
  });

  it('whoever has the link becomes it, and the rest answers from then on', async () => {
    await setUp({ isSetupDone: false });
    const complete = (token: string | null) =>
      house.app.inject({ method: 'POST', url: '/api/setup', payload: { ...admin, token } });

    const guessed = await complete('guess');
    expect(guessed.statusCode).toBe(404);
    expect(guessed.json()).toMatchObject({ code: 'setup_link_invalid' });
    const uses = await Promise.all([complete(house.setupToken), complete(house.setupToken)]);
    expect(uses.map(({ statusCode }) => statusCode).sort()).toEqual([201, 404]);

    expect((await house.app.inject('/api/setup')).json()).toEqual({ setup_required: false });
    const login = await house.app.inject({
      method: 'POST',
      url: '/auth/jwt/login',
      payload: `username=root%40example.com&password=${encodeURIComponent(password)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(login.statusCode).toBe(200);
  });
});

describe('health', () => {
  it('is told to anybody, in the shape of the contract and without secrets', async () => {
    await setUp();
    for (const url of ['/health', '/api/health']) {
      const response = await house.app.inject(url);
      expect(response.statusCode).toBe(200);
      healthSchema.parse(response.json());
      expect(response.body).not.toMatch(/secret|password|:\/\/[^"]*@/i);
    }
    expect((await house.app.inject('/auth/health')).json()).toMatchObject({ memory_service: 'ok' });
  });

  it('says 503 while the server takes no work', async () => {
    await setUp({ override: () => ({ isReady: () => false }) });
    const response = await house.app.inject('/readiness');

    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'not_ready' });
  });
});

describe('every answer', () => {
  it('restricts what a page of ours may do', async () => {
    await setUp();
    const { headers } = await house.app.inject('/health');
    const policy = String(headers['content-security-policy']);

    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("media-src 'self' data: blob:");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe|upgrade-insecure/);
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('leaves one line that names no token, no person and no words', async () => {
    await setUp();
    const { token, authorization } = await house.as('ada');
    const { conversation, capture } = house.of('ada');
    await house.app.inject({ url: `/api/captures/${capture.id}/audio?token=${token}` });
    await house.app.inject({ url: `/setup?token=${token}`, headers: { accept: 'text/html' } });
    await house.app.inject({ url: `/nothing/${token}` });
    await house.app.inject({ url: '/users/me', headers: { cookie: `fastapiusersauth=${token}` } });
    await house.app.inject({
      url: '/api/memories/search?query=remembered',
      headers: { authorization },
    });
    await house.app.inject({
      method: 'POST',
      url: '/auth/jwt/login',
      payload: { username: 'ada@example.com', password },
    });
    await house.app.inject({
      method: 'POST',
      url: '/api/create_user',
      headers: { authorization },
      payload: { password },
    });
    await house.app.inject({ url: `/audio/x_${conversation.id}.wav?token=${token}x` });

    const logged = house.lines.join('');
    expect(house.lines).toHaveLength(8);
    for (const secret of [token, token.slice(0, 20), password, 'ada@example.com', 'remembered']) {
      expect(logged).not.toContain(secret);
    }
    expect(JSON.parse(house.lines[0]!)).toMatchObject({
      event: 'request',
      method: 'GET',
      route: '/api/captures/:captureId/audio',
      status: 200,
      userId: house.of('ada').user.id,
      ms: expect.any(Number) as unknown,
      requestId: expect.any(String) as unknown,
    });
  });
});
