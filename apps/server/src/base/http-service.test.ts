import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeClock } from './fake-clock.ts';
import { systemClock } from './clock.ts';
import { connectionProblem, failureOfStatus, httpService, parseJson } from './http-service.ts';

const never = new AbortController().signal;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return `http://127.0.0.1:${address.port}`;
}

const serviceAt = (baseUrl: string, apiKey: string | null = 'key', clock = systemClock) =>
  httpService({ provider: 'vendor', baseUrl, apiKey, clock });
const get = { method: 'GET', path: '/it', signal: never, limitMs: 5000 } as const;

describe('a service over HTTP', () => {
  it('is asked below its path, with its key', async () => {
    const url = await serve((request, response) => {
      response.end(JSON.stringify([request.url, request.headers.authorization]));
    });
    const answer = await serviceAt(`${url}/proxy/`).request(get);
    expect(parseJson(answer.body)).toEqual(['/proxy/it', 'Bearer key']);
    const open = await serviceAt(url, null).request(get);
    expect(parseJson(open.body)).toEqual(['/it', null]);
  });

  it('takes no key elsewhere', async () => {
    let visits = 0;
    const elsewhere = await serve((_request, response) => {
      visits += 1;
      response.end();
    });
    const url = await serve((_request, response) => {
      response.writeHead(307, { location: elsewhere }).end();
    });
    expect(await serviceAt(url).request(get)).toMatchObject({ status: 307 });
    expect(visits).toBe(0);
  });

  it('does not read an answer without end', async () => {
    const url = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024)));
        response.once('drain', more);
      };
      more();
    });
    await expect(serviceAt(url).request(get)).rejects.toMatchObject({
      failure: 'transient',
      message: 'vendor: the answer is too long',
    });
  });

  it('gives up when the time is over, in the middle of an answer too', async () => {
    const clock = fakeClock();
    const begun = Promise.withResolvers<undefined>();
    const url = await serve((_request, response) => {
      response.write('the beginning');
      begun.resolve(undefined);
    });
    const asked = serviceAt(url, null, clock).request(get);
    await begun.promise;
    clock.advance(5000);
    await expect(asked).rejects.toMatchObject({ failure: 'timeout' });
  });

  it('gives up when told to, with the reason', async () => {
    const url = await serve(() => undefined);
    const stop = new AbortController();
    const asked = serviceAt(url).request({ ...get, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('shutting down')), 20);
    await expect(asked).rejects.toThrow('shutting down');
    await expect(serviceAt(url).request({ ...get, signal: stop.signal })).rejects.toThrow(
      'shutting down',
    );
  });

  it('says by the code of the system why nobody answered', async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    const error: unknown = await serviceAt(url)
      .request(get)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ failure: 'transient', provider: 'vendor' });
    expect(connectionProblem(error)).toBe('ECONNRESET');
    expect(connectionProblem('what')).toBe('broken');
  });

  it('refuses addresses and keys that cannot be used, and quotes neither', () => {
    expect(() => serviceAt('ftp://somewhere')).toThrow(TypeError);
    expect(() => serviceAt('http://user:secret@somewhere')).toThrow(/^(?!.*secret)/);
    expect(() => serviceAt('http://somewhere', 'secret key')).toThrow(/^(?!.*secret)/);
  });
});

describe('the class of a status', () => {
  it.each([
    [307, 'transient'],
    [400, 'bad-request'],
    [401, 'auth'],
    [402, 'auth'],
    [403, 'auth'],
    [404, 'auth'],
    [408, 'transient'],
    [409, 'transient'],
    [413, 'bad-request'],
    [422, 'bad-request'],
    [429, 'transient'],
    [500, 'transient'],
    [503, 'transient'],
  ])('of %i is %s', (status, failure) => {
    expect(failureOfStatus(status)).toBe(failure);
  });
});
