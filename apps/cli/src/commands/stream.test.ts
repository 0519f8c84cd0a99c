import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@friend-lite/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaceClock } from '../pace.ts';
import { conversation, startScriptedServer, type ScriptedServer } from '../scripted-server.fake.ts';
import type { Session } from '../session.ts';
import { wavOf } from '../wav.fake.ts';
import { streamWav, type StreamOptions } from './stream.ts';

const token = 'valid-token';
const sound = Buffer.from(Array.from({ length: 32_000 }, (_, index) => index % 256));
const instantly: PaceClock = { now: () => performance.now(), sleep: async () => undefined };

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'friend-lite-stream-'));
  file = join(folder, 'a.wav');
  writeFileSync(file, wavOf(sound));
});
afterAll(() => rmSync(folder, { recursive: true }));

const stream = async (
  server: ScriptedServer,
  options: Partial<StreamOptions> = {},
): Promise<string[]> => {
  const said: string[] = [];
  const openSession = async (): Promise<Session> => {
    const client = createClient({ baseUrl: server.url, token });
    return { client, token, user: await client.me() };
  };
  await streamWav({
    server: server.url,
    openSession,
    file,
    device: 'test',
    speed: 1,
    isRaw: false,
    isHeld: false,
    signal: new AbortController().signal,
    say: (line) => said.push(line),
    clock: instantly,
    ...options,
  });
  return said;
};

/** The server sees the end of the connection a moment after the client. */
const untilHeard = (server: ScriptedServer, events: (string | number)[]): Promise<void> =>
  expect.poll(() => server.heard.events).toEqual(events);

describe('streaming a file', () => {
  it('sends all of it and ends it cleanly', async () => {
    await using server = await startScriptedServer();
    const said = await stream(server);
    expect(server.heard.bytes.equals(sound)).toBe(true);
    await untilHeard(server, ['device test', 'audio-start', 'audio-stop', 1000]);
    expect(said.at(-1)).toBe('Sent 1.0 s of sound.');
  });

  it('sends bare frames where they are asked for', async () => {
    await using server = await startScriptedServer();
    await stream(server, { isRaw: true });
    expect(server.heard.bytes.equals(sound)).toBe(true);
    await untilHeard(server, ['device test', 1000]);
  });

  it('ends cleanly with what was sent when it is interrupted', async () => {
    await using server = await startScriptedServer();
    const stop = new AbortController();
    const onProgress = (sentMs: number) => {
      if (sentMs >= 100) stop.abort();
    };
    await stream(server, { signal: stop.signal, onProgress });
    expect(server.heard.bytes.equals(sound.subarray(0, 3200))).toBe(true);
    await untilHeard(server, ['device test', 'audio-start', 'audio-stop', 1000]);
  });

  it('fails when the connection breaks', async () => {
    await using server = await startScriptedServer();
    server.isCutting = true;
    const onProgress = () => undefined;
    const clock: PaceClock = {
      ...instantly,
      sleep: () => new Promise((resolve) => setTimeout(resolve, 5)),
    };
    await expect(stream(server, { onProgress, clock })).rejects.toMatchObject({ code: 'network' });
  });

  it('holds on in silence until a new conversation has closed', async () => {
    await using server = await startScriptedServer();
    const old = conversation('old', 'closed');
    server.conversations = [
      [old],
      [old],
      [conversation('new', 'processing'), old],
      [conversation('new', 'active'), old],
      [conversation('new', 'closed'), old],
    ];
    const said = await stream(server, { isHeld: true });
    expect(said).toContain(`  ${server.url}/conversations/new`);
    expect(server.conversations).toHaveLength(1);
    await untilHeard(server, ['device test', 'audio-start', 1000]);
  });

  it('holds on to a conversation that was open before', async () => {
    await using server = await startScriptedServer();
    server.conversations = [[conversation('one', 'active')], [conversation('one', 'closed')]];
    expect(await stream(server, { isHeld: true })).toContain(`  ${server.url}/conversations/one`);
  });
});
