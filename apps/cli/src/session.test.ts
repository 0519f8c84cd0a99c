import { describe, expect, it } from 'vitest';
import type { Credentials, TokenStore } from './credentials.ts';
import { account, startScriptedServer } from './scripted-server.fake.ts';
import { openSession } from './session.ts';

const signal = new AbortController().signal;

function memoryStore(token: string | null): TokenStore & { token: string | null } {
  const store = {
    token,
    read: async () => store.token,
    write: async (_server: string, written: string) => {
      store.token = written;
    },
  };
  return store;
}

describe('a session', () => {
  it('is opened with the kept token', async () => {
    await using server = await startScriptedServer();
    const credentials = () => Promise.reject(new Error('not asked for'));
    const store = memoryStore('valid-token');
    const { user } = await openSession({ server: server.url, store, credentials, signal });
    expect(user.email).toBe(account.email);
  });

  it('is opened anew, and kept, when the token has expired', async () => {
    await using server = await startScriptedServer();
    const store = memoryStore('old-token');
    const credentials = async (): Promise<Credentials> => account;
    const { token } = await openSession({ server: server.url, store, credentials, signal });
    expect([token, store.token]).toEqual(['valid-token', 'valid-token']);
  });

  it.each([
    [null, 'not signed in'],
    ['old-token', 'has ended'],
  ])('says how to sign in when nothing is at hand (token %s)', async (token, words) => {
    await using server = await startScriptedServer();
    const store = memoryStore(token);
    const credentials = async () => null;
    const opening = openSession({ server: server.url, store, credentials, signal });
    await expect(opening).rejects.toThrow(words);
    await expect(opening).rejects.toThrow('friend-lite login');
  });
});
