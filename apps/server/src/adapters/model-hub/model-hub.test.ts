import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock, type FakeClock } from '../../base/fake-clock.ts';
import { AppError, silentLog } from '../../base/index.ts';
import type { Model, ModelStore } from '../../models/index.ts';
import { modelHub } from './model-hub.ts';

const weights = Buffer.alloc(300_000, 'weights ');
const tokens = Buffer.from('aGVsbG8= 0\n');
const model: Model = {
  name: 'whisper-tiny',
  purpose: 'speech-to-text',
  repository: 'somebody/tiny',
  licence: 'MIT',
  files: [
    { role: 'encoder', name: 'encoder.onnx' },
    { role: 'tokens', name: 'tokens.txt' },
  ],
};
const never = new AbortController().signal;

let folder: string;
let clock: FakeClock;
let server: Server;
let store: ModelStore;
/** What the hub does, and what it was asked. */
let script: {
  cutAfter: number | null;
  hasRanges: boolean;
  sha256: string;
  isAway: boolean;
  hold: Promise<void> | null;
};
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'friend-lite-models-'));
  clock = fakeClock();
  asked = [];
  script = {
    cutAfter: null,
    hasRanges: true,
    sha256: createHash('sha256').update(weights).digest('hex'),
    isAway: false,
    hold: null,
  };
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const hubUrl = `http://127.0.0.1:${port}`;
  store = modelHub({ folder, hubUrl, models: [model], clock, log: silentLog });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** As huggingface.co: large files lie elsewhere, and the answer that says so names their checksum. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers } = request;
  asked.push(`${method} ${url} ${headers.range ?? ''}`.trim());
  await script.hold;
  if (script.isAway) {
    response.writeHead(503).end();
  } else if (url === '/somebody/tiny/resolve/main/tokens.txt') {
    const etag = createHash('sha1').update(`blob ${tokens.length}\0`).update(tokens).digest('hex');
    response.writeHead(200, { etag: `"${etag}"`, 'content-length': tokens.length });
    response.end(method === 'HEAD' ? undefined : tokens);
  } else if (url === '/somebody/tiny/resolve/main/encoder.onnx') {
    response
      .writeHead(302, {
        location: '/elsewhere/encoder',
        'x-linked-etag': `"${script.sha256}"`,
        'x-linked-size': weights.length,
      })
      .end();
  } else if (url === '/elsewhere/encoder') {
    const from = script.hasRanges ? Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': weights.length - from });
    const cut = script.cutAfter;
    script.cutAfter = null;
    if (cut === null) response.end(weights.subarray(from));
    else response.write(weights.subarray(from, from + cut), () => response.destroy());
  } else response.writeHead(404).end();
}

/** Lets the pauses between the tries pass. */
async function fetched(): Promise<void> {
  const progress = { isOver: false };
  const done = store.fetch(model.name, never).finally(() => (progress.isOver = true));
  done.catch(() => undefined);
  while (!progress.isOver) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock.advance(1000);
  }
  await done;
}

describe('a model hub', () => {
  it('gives a model, checked, whole, once', async () => {
    expect(await store.status(model.name)).toMatchObject({ state: 'absent', byteCount: 0 });
    expect(await store.paths(model.name)).toBeNull();
    await Promise.all([fetched(), store.fetch(model.name, never)]);
    const paths = await store.paths(model.name);
    expect(readFileSync(paths!.encoder!).equals(weights)).toBe(true);
    expect(readFileSync(paths!.tokens!).equals(tokens)).toBe(true);
    const size = weights.length + tokens.length;
    expect(await store.list()).toEqual([
      { model, state: 'present', byteCount: size, totalBytes: size, problem: null },
    ]);
    expect(asked).toHaveLength(4);
    await store.fetch(model.name, never);
    expect(asked).toHaveLength(4);
  });

  it('goes on where a connection broke', async () => {
    script.cutAfter = 100_000;
    await fetched();
    const ranged = asked.filter((each) => each.includes('bytes='));
    expect(ranged).toHaveLength(1);
    expect(Number(/bytes=(\d+)-/.exec(ranged[0]!)![1])).toBeGreaterThan(0);
    expect(readFileSync(join(folder, model.name, 'encoder.onnx')).equals(weights)).toBe(true);
  });

  it('begins anew where the hub knows no ranges', async () => {
    script.cutAfter = 100_000;
    script.hasRanges = false;
    await fetched();
    expect(readFileSync(join(folder, model.name, 'encoder.onnx')).equals(weights)).toBe(true);
  });

  it('keeps nothing that is not what the hub named, and says so', async () => {
    script.sha256 = '0'.repeat(64);
    await expect(fetched()).rejects.toMatchObject({ code: 'model_not_fetched' });
    expect(await store.paths(model.name)).toBeNull();
    expect(readdirSync(join(folder, model.name))).toEqual([]);
    const status = await store.status(model.name);
    expect(status?.problem).toContain('not what the hub named');
  });

  it('is asked five times, and may be asked again when it is back', async () => {
    script.isAway = true;
    await expect(fetched()).rejects.toBeInstanceOf(AppError);
    expect(asked).toHaveLength(5);
    script.isAway = false;
    await fetched();
    expect(await store.status(model.name)).toMatchObject({ state: 'present', problem: null });
  });

  it('is left when the model is removed', async () => {
    const held = Promise.withResolvers<undefined>();
    script.hold = held.promise;
    const fetching = store.fetch(model.name, never);
    fetching.catch(() => undefined);
    expect(await store.status(model.name)).toMatchObject({ state: 'fetching', totalBytes: null });
    const removing = store.remove(model.name);
    await expect(fetching).rejects.toBeInstanceOf(AppError);
    await removing;
    held.resolve(undefined);
    expect(await store.status(model.name)).toMatchObject({ state: 'absent', problem: null });
    script.hold = null;
    await fetched();
    expect(await store.remove(model.name)).toBe(true);
    expect(await store.remove(model.name)).toBe(false);
    await expect(store.remove('nothing')).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('lets go of whoever does not want to wait, and goes on', async () => {
    const impatient = AbortSignal.abort(new Error('no time'));
    await expect(store.fetch(model.name, impatient)).rejects.toThrow('no time');
    const leaving = new AbortController();
    const waiting = store.fetch(model.name, leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await fetched();
    expect(await store.status(model.name)).toMatchObject({ state: 'present' });
  });
});
