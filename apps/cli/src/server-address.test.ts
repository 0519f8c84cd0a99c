import { describe, expect, it } from 'vitest';
import { isLocal, serverAddress } from './server-address.ts';

describe('the server of a command', () => {
  it.each([
    [undefined, {}, 'http://localhost:8000'],
    [undefined, { FRIEND_LITE_SERVER: 'https://a.example/' }, 'https://a.example'],
    ['b.example:9000', { FRIEND_LITE_SERVER: 'https://a.example' }, 'http://b.example:9000'],
    ['https://c.example/friend//', {}, 'https://c.example/friend'],
    ['localhost:8001', {}, 'http://localhost:8001'],
  ])('for %s and %o is %s', (option, environment, expected) => {
    expect(serverAddress(option, environment)).toBe(expected);
  });

  it.each(['ftp://a', 'http://', 'a b'])('is not %s', (text) => {
    expect(() => serverAddress(text, {})).toThrow('not the address of a server');
  });

  it('is known to be on this machine, or not', () => {
    expect(
      ['http://localhost:8000', 'http://127.0.0.1', 'http://[::1]:80', 'http://127.9.9.9'].map(
        isLocal,
      ),
    ).not.toContain(false);
    expect(
      ['http://localhost.example', 'http://127.0.0.1.example', 'http://10.0.0.1'].map(isLocal),
    ).not.toContain(true);
  });
});
