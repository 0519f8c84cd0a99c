import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../../base/fake-clock.ts';
import { silentLog } from '../../base/index.ts';
import { catalogue, type ModelStatus } from '../../models/index.ts';
import { noHints } from '../../transcription/index.ts';
import { loadSherpa } from './sherpa.ts';
import { writeTinyWhisper } from './tiny-whisper.fake.ts';
import { whisper } from './whisper.ts';

const modelName = 'whisper-tiny.en';
const model = catalogue.find(({ name }) => name === modelName)!;
const never = new AbortController().signal;
const second = new Uint8Array(32_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'friend-lite-whisper-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A store with or without the model. */
function engineWith(isPresent: boolean, change: Partial<ModelStatus> = {}) {
  const fetches: string[] = [];
  const clock = fakeClock();
  const status: ModelStatus = {
    model,
    state: isPresent ? 'present' : 'absent',
    byteCount: 0,
    totalBytes: null,
    problem: null,
    ...change,
  };
  const engine = whisper({
    modelName,
    models: {
      status: async (name) => (name === modelName ? status : null),
      paths: async () =>
        isPresent
          ? Object.fromEntries(model.files.map(({ role, name }) => [role, join(folder, name)]))
          : null,
      fetch: async (name) => void fetches.push(name),
    },
    clock,
    log: silentLog,
  });
  return { engine, fetches, clock };
}

describe.skipIf(!loadSherpa())('whisper in the process (needs sherpa-onnx-node)', () => {
  it('loads its model and says what it says', async () => {
    writeTinyWhisper(folder, 'tiny.en', ['hello', 'from', 'a', 'tiny', 'model']);
    const { engine } = engineWith(true);
    expect(await engine.probe(never)).toEqual({ available: true, model: modelName });
    for (const length of [second.length, 29 * second.length]) {
      const heard = await engine.transcribe({ pcm: new Uint8Array(length), ...noHints }, never);
      expect(heard).toEqual({
        kind: 'words',
        model: modelName,
        utterances: [
          {
            startMs: 0,
            endMs: length / 32,
            text: 'hello from a tiny model',
            speaker: null,
            confidence: null,
            words: [],
          },
        ],
      });
    }
  });

  it('knows silence', async () => {
    writeTinyWhisper(folder, 'tiny.en', [' ']);
    const { engine } = engineWith(true);
    expect(await engine.transcribe({ pcm: second, ...noHints }, never)).toEqual({
      kind: 'silence',
      model: modelName,
    });
  });

  it('has its model fetched when it is first asked for, and not over and over', async () => {
    const { engine, fetches, clock } = engineWith(false);
    expect(await engine.probe(never)).toMatchObject({
      available: false,
      reason: expect.stringContaining('being fetched') as string,
    });
    await engine.probe(never);
    expect(fetches).toEqual([modelName]);
    clock.advance(11 * 60_000);
    await engine.probe(never);
    expect(fetches).toHaveLength(2);
  });

  it('says how far that is, and why it failed', async () => {
    const fetching = engineWith(false, { state: 'fetching', byteCount: 50, totalBytes: 200 });
    expect(await fetching.engine.probe(never)).toMatchObject({
      reason: `Its model ${modelName} is being fetched, 25 % is there.`,
    });
    expect(fetching.fetches).toEqual([]);
    const failed = engineWith(false, { problem: 'the hub answered 503' });
    expect(await failed.engine.probe(never)).toMatchObject({
      reason: expect.stringContaining('the hub answered 503') as string,
    });
  });

  it('fails in passing where its model is gone, and stops when told to', async () => {
    const { engine } = engineWith(false);
    await expect(engine.transcribe({ pcm: second, ...noHints }, never)).rejects.toMatchObject({
      failure: 'transient',
    });
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(engine.transcribe({ pcm: second, ...noHints }, stopped)).rejects.toThrow(
      'stopped',
    );
  });
});
