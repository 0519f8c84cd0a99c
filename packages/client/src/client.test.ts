import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { ApiError } from './errors.ts';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const servers: Server[] = [];

/** A server that notes what it is asked and answers as told. */
async function serve(answer: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      asked.push(one);
      answer(one, response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
};

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('requests', () => {
  it('signs in with a form and carries the token from then on', async () => {
    const { baseUrl, asked } = await serve(({ url }, response) => {
      if (url === '/auth/jwt/login')
        json(response, 200, { access_token: 't', token_type: 'bearer' });
      else json(response, 200, { memories: [], count: 0, total_count: 0, user_id: 'u' });
    });
    const { access_token: token } = await createClient({ baseUrl: `${baseUrl}/` }).loginForToken({
      email: 'a@b.example',
      password: 'p&=+',
    });
    const memories = await createClient({ baseUrl, token }).memories({ limit: 5 });

    expect(memories.total_count).toBe(0);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /auth/jwt/login',
      'GET /api/memories?limit=5',
    ]);
    expect(asked[0]?.body).toBe('username=a%40b.example&password=p%26%3D%2B');
    expect(asked[1]?.headers.authorization).toBe('Bearer t');
  });

  it('escapes what goes into a path or a query', async () => {
    const { baseUrl, asked } = await serve((_, response) =>
      json(response, 200, { query: '', results: [], count: 0, user_id: 'u' }),
    );
    const client = createClient({ baseUrl });
    await client.searchMemories({ query: 'a & b?' });
    await failure(client.closeConversation('x/../y'));

    expect(asked.map(({ url }) => url)).toEqual([
      '/api/memories/search?query=a+%26+b%3F',
      '/api/conversations/x%2F..%2Fy/close',
    ]);
    expect(client.audioUrl('day 1/é.wav')).toBe(`${baseUrl}/audio/day%201/%C3%A9.wav`);
  });

  it('logs out of the kind of session it has', async () => {
    const { baseUrl, asked } = await serve((_, response) => response.writeHead(204).end());
    await createClient({ baseUrl, token: 't' }).logout();
    await createClient({ baseUrl, credentials: 'include' }).logout();

    expect(asked.map(({ url }) => url)).toEqual(['/auth/jwt/logout', '/auth/cookie/logout']);
  });

  it('tells ready from not ready', async () => {
    let status = 200;
    const { baseUrl } = await serve((_, response) => json(response, status, {}));
    const client = createClient({ baseUrl });

    expect(await client.readiness()).toBe(true);
    status = 503;
    expect(await client.readiness()).toBe(false);
    status = 500;
    await expect(client.readiness()).rejects.toBeInstanceOf(ApiError);
  });
});

describe('failures', () => {
  it("carries the server's code and sentence", async () => {
    const { baseUrl } = await serve((_, response) =>
      json(response, 409, { detail: 'd', code: 'no_open_conversation', error: 'd', message: 'd' }),
    );
    const error = await failure(createClient({ baseUrl }).closeConversation('c'));

    expect(error).toMatchObject({ status: 409, code: 'no_open_conversation', message: 'd' });
  });

  it('names the status when a proxy answers in its own words', async () => {
    const { baseUrl } = await serve((_, response) =>
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
    );
    const error = await failure(createClient({ baseUrl }).me());

    expect(error).toMatchObject({ status: 502, code: 'http_502' });
    expect(error.message).not.toContain('<');
  });

  it.each([
    ['not JSON', 'hello'],
    ['of another shape', '{"conversations":{}}'],
  ])('does not take an answer that is %s', async (_, body) => {
    const { baseUrl } = await serve((_asked, response) => response.writeHead(200).end(body));
    const error = await failure(createClient({ baseUrl }).conversations());

    expect(error).toMatchObject({ status: 0, code: 'invalid_answer' });
  });

  it('gives up at the timeout, also when the body stalls', async () => {
    const { baseUrl } = await serve((_, response) => response.writeHead(200).write('{"stat'));
    const error = await failure(createClient({ baseUrl }).health({ timeoutMs: 50 }));

    expect(error).toMatchObject({ status: 0, code: 'timeout' });
  });

  it('says that nobody answers', async () => {
    const error = await failure(createClient({ baseUrl: 'http://127.0.0.1:1' }).me());

    expect(error).toMatchObject({ status: 0, code: 'network' });
  });

  it("rejects with the caller's own reason when the caller aborts", async () => {
    const { baseUrl } = await serve(() => undefined);
    const controller = new AbortController();
    const answer = createClient({ baseUrl }).me({ signal: controller.signal });
    controller.abort(new Error('left the page'));

    await expect(answer).rejects.toThrow('left the page');
  });
});

describe('uploads', () => {
  it('are one form, with the date of each file before it', async () => {
    const { baseUrl, asked } = await serve((_, response) => {
      json(response, 200, {
        message: 'Processing 2 files',
        job_id: 'j',
        status_url: '/api/queue/jobs/j',
        total_files: 2,
        client_id: 'abc123-recorder',
        files: [],
        conversations: [],
        successful: 2,
        failed: 0,
        summary: { total: 2, processing: 2, failed: 0 },
      });
    });
    const changed = new Date('2025-03-04T05:06:07Z');
    const answer = await createClient({ baseUrl, token: 't' }).upload(
      [
        { name: 'a.wav', content: new Blob(['first']), lastModified: changed },
        { name: 'b.mp3', content: new Blob(['second']) },
      ],
      { deviceName: 'recorder' },
    );
    expect(answer.job_id).toBe('j');
    const [{ method, url, headers, body } = failed()] = asked;
    expect([method, url, headers.authorization]).toEqual(['POST', '/api/audio/upload', 'Bearer t']);
    const parts = [...body.matchAll(/name="(\w+)"(?:; filename="([^"]+)")?[^]*?\r\n\r\n([^\r]*)/g)];
    expect(parts.map(([, name, filename, value]) => [name, filename, value])).toEqual([
      ['device_name', undefined, 'recorder'],
      ['last_modified', undefined, '2025-03-04T05:06:07.000Z'],
      ['files', 'a.wav', 'first'],
      ['files', 'b.mp3', 'second'],
    ]);
  });

  it('are asked after by their job', async () => {
    const { baseUrl } = await serve((_, response) =>
      json(response, 404, { detail: 'x', code: 'job_not_found', error: 'x', message: 'x' }),
    );
    const error = await failure(createClient({ baseUrl }).importJob('a/b'));
    expect(error.code).toBe('job_not_found');
  });
});

function failed(): never {
  throw new Error('nothing was asked');
}
