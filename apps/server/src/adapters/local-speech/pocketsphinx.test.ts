import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wordRecall } from '@friend-lite/simulators';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, type Clock } from '../../base/index.ts';
import { noHints } from '../../transcription/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { parseWordTimes } from './pocketsphinx-output.ts';
import { pocketSphinx } from './pocketsphinx.ts';
import { hasVoice, samplesPerMs, speak } from './sounds.fake.ts';

const never = new AbortController().signal;
const installed = await pocketSphinx({ clock: systemClock }).probe(never);
const canHear = hasVoice && installed.available;
if (!hasVoice) console.warn('skipped, no speech without flite: apt-get install flite');
if (!installed.available) console.warn(`skipped: ${installed.reason}`);

describe('the words and times it prints', () => {
  it('become an utterance for each stretch between pauses', () => {
    const output = `i am on it
<s> 0.000 0.150 0.999700
i 0.160 0.320 0.981275
am(2) 0.330 0.550 0.767336
[NOISE] 0.560 0.980 0.177054
on(2) 2.200 2.300 0.485788
it 2.310 2.730 1.000000
<sil> 2.740 3.260 0.999900
</s> 3.270 3.380 1.000000

<s> 4.000 4.100 1.000000
++BREATH++ 4.110 4.200 1.000000
</s> 4.210 4.300 1.000000
don't
don't 5.100 5.500 1.2e-05
`;
    const utterances = parseWordTimes(output);
    expect(utterances).toMatchObject([
      { startMs: 160, endMs: 2730, text: 'i am on it', speaker: null, confidence: null },
      { startMs: 5100, endMs: 5500, text: "don't", speaker: null, confidence: null },
    ]);
    expect(utterances[0]?.words.map(({ text }) => text)).toEqual(['i', 'am', 'on', 'it']);
    expect(utterances[1]?.words).toEqual([
      { startMs: 5100, endMs: 5500, text: "don't", confidence: null },
    ]);
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (output) => {
        for (const { text } of parseWordTimes(output)) expect(text).not.toBe('');
      }),
    );
    expect(parseWordTimes('')).toEqual([]);
  });
});

describe('the program', () => {
  let folder: string;
  let temporary: string;
  let modelFolders: string[];
  const sound = new Uint8Array(3200);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fake-sphinx-'));
    temporary = join(folder, 'tmp');
    modelFolders = [join(folder, 'no-such-model'), join(folder, 'model')];
    await mkdir(temporary);
    await mkdir(join(folder, 'model', 'en-us'), { recursive: true });
    for (const file of ['en-us/mdef', 'en-us.lm.bin', 'cmudict-en-us.dict']) {
      await writeFile(join(folder, 'model', file), '');
    }
    vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
    vi.stubEnv('TMPDIR', temporary);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  /** The recogniser over a program that is this shell script. */
  async function scripted(script: string, clock: Clock = systemClock) {
    const file = join(folder, 'pocketsphinx_continuous');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return pocketSphinx({ clock, modelFolders });
  }

  it('is available when it and its model are there', async () => {
    const transcriber = await scripted('true');
    expect(await transcriber.probe(never)).toEqual({ available: true, model: 'cmusphinx-en-us' });
  });

  it('is not when its model is missing, and says what to install', async () => {
    modelFolders = ['/nowhere'];
    expect(await (await scripted('true')).probe(never)).toMatchObject({
      available: false,
      reason: expect.stringMatching(
        /model.*apt-get install pocketsphinx pocketsphinx-en-us/,
      ) as string,
    });
  });

  it('is not when it is missing, and says what to install', async () => {
    vi.stubEnv('PATH', folder);
    const transcriber = pocketSphinx({ clock: systemClock, modelFolders });
    expect(await transcriber.probe(never)).toMatchObject({
      available: false,
      reason: expect.stringMatching(/not installed.*apt-get install pocketsphinx/) as string,
    });
    await expect(transcriber.transcribe({ pcm: sound, ...noHints }, never)).rejects.toMatchObject({
      failure: 'transient',
    });
  });

  it('is given the sound, all of it, and leaves nothing behind', async () => {
    const transcriber = await scripted(
      `echo heard; echo "bytes-$(wc -c < "$2") 0.0 1.0 1.0"; ls ${temporary} | sed 's/$/ 0 1 1/'`,
    );
    expect(await transcriber.transcribe({ pcm: sound, ...noHints }, never)).toMatchObject({
      kind: 'words',
      utterances: [{ text: 'bytes-3200' }],
    });
    expect(await readdir(temporary)).toEqual([]);
  });

  it('has heard silence when it says nothing', async () => {
    const transcriber = await scripted('true');
    expect(await transcriber.transcribe({ pcm: sound, ...noHints }, never)).toEqual({
      kind: 'silence',
      model: 'cmusphinx-en-us',
    });
  });

  it.each([
    ['fails', 'exit 3', 'transient', 'exit code 3'],
    ['is killed', 'kill -9 $$', 'transient', 'SIGKILL'],
    ['crashes', 'kill -SEGV $$', 'bad-request', 'SIGSEGV'],
    ['never stops talking', 'yes', 'bad-request', 'more than'],
  ])('is classed when it %s', async (_, script, failure, message) => {
    const transcriber = await scripted(script);
    await expect(transcriber.transcribe({ pcm: sound, ...noHints }, never)).rejects.toMatchObject({
      name: 'ProviderError',
      provider: 'pocketsphinx',
      failure,
      message: expect.stringContaining(message) as string,
    });
    expect(await readdir(temporary)).toEqual([]);
  });

  it('is killed when it takes too long', async () => {
    const clock = fakeClock();
    const transcriber = await scripted('exec sleep 100', clock);
    const hearing = transcriber.transcribe({ pcm: sound, ...noHints }, never);
    const outcome = expect(hearing).rejects.toMatchObject({ failure: 'timeout' });
    let isOver = false;
    void outcome.then(() => (isOver = true));
    await vi.waitUntil(() => (clock.advance(10_000), isOver), { timeout: 5000 });
    await outcome;
  });

  it('is killed when nobody wants the words any more', async () => {
    const transcriber = await scripted('exec sleep 100');
    const abort = new AbortController();
    const hearing = transcriber.transcribe({ pcm: sound, ...noHints }, abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(hearing).rejects.toThrow('enough');
    await expect(transcriber.transcribe({ pcm: sound, ...noHints }, abort.signal)).rejects.toThrow(
      'enough',
    );
  });
});

describe.runIf(canHear)('the real program', () => {
  const transcriber = pocketSphinx({ clock: systemClock });

  it('hears at least three of four words, each when it was said', { timeout: 60_000 }, async () => {
    const { samples, text, truth } = await speak();
    const hearing = await transcriber.transcribe(
      { pcm: new Uint8Array(samples.buffer), ...noHints },
      never,
    );
    if (hearing.kind !== 'words') throw new Error('heard silence');
    const heard = hearing.utterances.map((utterance) => utterance.text).join(' ');
    expect(wordRecall(text, heard)).toBeGreaterThanOrEqual(0.75);
    for (const { startMs, endMs } of hearing.utterances) {
      const middleMs = (startMs + endMs) / 2;
      expect(truth.some((line) => line.startMs <= middleMs && middleMs <= line.endMs)).toBe(true);
    }
    for (const line of truth) {
      const first = hearing.utterances.find(({ endMs }) => endMs > line.startMs);
      expect(Math.abs(first!.startMs - line.startMs)).toBeLessThan(250);
    }
  });

  it('hears silence in silence', { timeout: 30_000 }, async () => {
    const silence = new Uint8Array(2000 * samplesPerMs * 2);
    expect((await transcriber.transcribe({ pcm: silence, ...noHints }, never)).kind).toBe(
      'silence',
    );
  });
});
