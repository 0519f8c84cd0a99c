import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../programs.ts';
import { slots } from '../slots.ts';
import type { Recognise } from './server.ts';

export const pocketSphinxProgram = 'pocketsphinx_continuous';

/** PocketSphinx needs about a third of the sound's length on one core; this is for crowded machines. */
const timeoutMs = 120_000;

/**
 * Real words by the PocketSphinx program with its stock English model (Debian: pocketsphinx,
 * pocketsphinx-en-us). Hears 16 kHz mono with 16 bits, two utterances at once at most.
 */
export function pocketSphinxRecogniser(): Recognise {
  const takeTurn = slots(2);
  return ({ pcm, sampleRateHz, width, channels }, signal) =>
    takeTurn(async () => {
      if (sampleRateHz !== 16_000 || width !== 2 || channels !== 1) {
        throw new Error('PocketSphinx hears 16 kHz mono with 16 bits only');
      }
      if (pcm.length === 0) return '';
      const folder = await mkdtemp(join(tmpdir(), 'friend-lite-sphinx-'));
      try {
        // The program opens its input by name; raw samples are what it expects of a file not called .wav.
        const file = join(folder, 'speech.raw');
        await writeFile(file, pcm);
        const output = await run(pocketSphinxProgram, ['-infile', file, '-logfn', '/dev/null'], {
          debianPackage: 'pocketsphinx pocketsphinx-en-us',
          timeoutMs,
          signal,
        });
        return output.split(/\s+/).filter(Boolean).join(' ');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
}
