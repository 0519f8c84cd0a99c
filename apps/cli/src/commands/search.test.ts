import { createClient } from '@friend-lite/client';
import { describe, expect, it } from 'vitest';
import { memory, startScriptedServer, type ScriptedServer } from '../scripted-server.fake.ts';
import { search } from './search.ts';

const searchFor = async (server: ScriptedServer, query: string, limit: number) => {
  const lines: string[] = [];
  const client = createClient({ baseUrl: server.url, token: 'valid-token' });
  await search(
    { client, token: 'valid-token', user: await client.me() },
    {
      server: server.url,
      query,
      limit,
      signal: new AbortController().signal,
      print: (line) => lines.push(line),
    },
  );
  return lines;
};

describe('searching', () => {
  it('prints each memory with its kind and the page of its conversation', async () => {
    await using server = await startScriptedServer();
    server.memories = [memory('Ana lives in Lisbon'), memory('Ana likes tea')];
    const [first, ...more] = await searchFor(server, 'where is Ana', 1);
    expect(server.queries).toEqual(['where is Ana']);
    expect(more).toEqual([]);
    expect(first).toMatch(/^Ana lives in Lisbon\n {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}fact\n/);
    expect(first).toContain(`${server.url}/conversations/22222222-2222-4222-8222-222222222222`);
  });

  it('says that there is nothing', async () => {
    await using server = await startScriptedServer();
    expect(await searchFor(server, 'x', 10)).toEqual(['Nothing found.']);
  });
});
