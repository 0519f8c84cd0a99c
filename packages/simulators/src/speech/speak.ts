import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../programs.ts';
import { slots } from '../slots.ts';
import type { Dialogue } from './dialogue.ts';
import { pcmOfWav } from './wav.ts';

/** A line where it is heard in the sound. */
export interface SpokenLine {
  readonly speaker: string;
  readonly text: string;
  /** From the start of the sound. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface SpokenDialogue {
  /** 16 kHz, mono, s16le. The same for the same dialogue, voices and flite. */
  readonly pcm: Uint8Array;
  readonly lines: readonly SpokenLine[];
}

const bytesPerMs = 32;

/**
 * Speaks a dialogue with flite, the pauses as digital silence.
 * `voices` names the flite voice of each speaker; voices of another rate than 16 kHz are refused.
 * Throws, saying what to install, when flite is missing.
 */
export async function speakDialogue(
  dialogue: Dialogue,
  options: { readonly voices: Readonly<Record<string, string>>; readonly signal?: AbortSignal },
): Promise<SpokenDialogue> {
  const { voices, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'friend-lite-speech-'));
  try {
    const takeTurn = slots(4);
    const sounds = await Promise.all(
      dialogue.map(({ speaker, text }, index) =>
        takeTurn(async () => {
          const voice = voices[speaker];
          if (voice === undefined) throw new Error(`no voice for speaker ${speaker}`);
          const file = join(folder, `${index}.wav`);
          await run('flite', ['-voice', voice, '-t', text, '-o', file], {
            debianPackage: 'flite',
            timeoutMs: 30_000,
            ...(signal && { signal }),
          });
          return pcmOfWav(await readFile(file), `flite voice ${voice}`);
        }),
      ),
    );
    return laidEndToEnd(dialogue, sounds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function laidEndToEnd(dialogue: Dialogue, sounds: readonly Uint8Array[]): SpokenDialogue {
  const pieces: Uint8Array[] = [];
  const lines: SpokenLine[] = [];
  let at = 0;
  for (const [index, { speaker, text, pauseAfterMs }] of dialogue.entries()) {
    const sound = sounds[index] ?? new Uint8Array(0);
    const end = at + sound.length;
    lines.push({ speaker, text, startMs: at / bytesPerMs, endMs: end / bytesPerMs });
    const pause = new Uint8Array(pauseAfterMs * bytesPerMs);
    pieces.push(sound, pause);
    at = end + pause.length;
  }
  return { pcm: Buffer.concat(pieces), lines };
}
