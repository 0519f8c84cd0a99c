import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled } from '../programs.ts';
import { wordRecall } from '../word-recall.ts';
import { pocketSphinxProgram, pocketSphinxRecogniser } from '../wyoming/pocketsphinx.ts';
import { speakDialogue } from './speak.ts';
import { walkDialogue, walkVoices } from './walk.ts';
import { pcmOfWav } from './wav.ts';

const canSpeak = isInstalled('flite');
const canHear = isInstalled(pocketSphinxProgram);
const signal = new AbortController().signal;

/** A folder for temporary files of this test's own, to see what is left in it. */
let folder: string;
const systemFolder = process.env.TMPDIR;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'speak-test-'));
  process.env.TMPDIR = folder;
});
afterAll(async () => {
  if (systemFolder === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = systemFolder;
  await rm(folder, { recursive: true });
});

describe.skipIf(!canSpeak)('a spoken dialogue', () => {
  it('lasts about 90 s, with its lines in order and the pauses silent', async () => {
    const { pcm, lines } = await speakDialogue(walkDialogue, { voices: walkVoices });
    expect(pcm.length / 32_000).toBeGreaterThan(80);
    expect(pcm.length / 32_000).toBeLessThan(100);
    expect(lines.map(({ text }) => text)).toEqual(walkDialogue.map(({ text }) => text));
    for (const [index, { endMs }] of lines.entries()) {
      const pause = pcm.subarray(endMs * 32, (lines[index + 1]?.startMs ?? endMs) * 32);
      expect(pause.length / 32).toBe(lines[index + 1] ? walkDialogue[index]!.pauseAfterMs : 0);
      expect(pause.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('sounds the same every time, and leaves no files', async () => {
    const short = walkDialogue.slice(0, 2);
    const [once, again] = [
      await speakDialogue(short, { voices: walkVoices }),
      await speakDialogue(short, { voices: walkVoices }),
    ];
    expect(Buffer.compare(once.pcm, again.pcm)).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a speaker without a voice and a voice of another rate', async () => {
    const line = [{ speaker: 'Laura', text: 'hello', pauseAfterMs: 0 }];
    await expect(speakDialogue(line, { voices: {} })).rejects.toThrow('no voice');
    await expect(speakDialogue(line, { voices: { Laura: 'kal' } })).rejects.toThrow('16 kHz');
  });

  it.skipIf(!canHear)('is understood by PocketSphinx', async () => {
    const few = walkDialogue.slice(0, 3);
    const { pcm, lines } = await speakDialogue(few, { voices: walkVoices });
    const recognise = pocketSphinxRecogniser();
    const texts = await Promise.all(
      lines.map(({ startMs, endMs }) =>
        recognise(
          {
            pcm: pcm.subarray(startMs * 32, endMs * 32),
            sampleRateHz: 16_000,
            width: 2,
            channels: 1,
          },
          signal,
        ),
      ),
    );
    expect(wordRecall(few.map(({ text }) => text).join(' '), texts.join(' '))).toBeGreaterThan(
      0.75,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('without flite', () => {
  it('says how to install it', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      await expect(speakDialogue(walkDialogue, { voices: walkVoices })).rejects.toThrow(
        'apt-get install flite',
      );
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('the samples of a WAV file', () => {
  it('are refused when it is not one', () => {
    expect(() => pcmOfWav(Buffer.from('hello'), 'x')).toThrow('x: not a WAV file');
    expect(() => pcmOfWav(Buffer.from('RIFF....WAVE'), 'x')).toThrow('no sound');
  });
});
