import { isInstalled, speakDialogue } from '@friend-lite/simulators';
import { levelDb, meanSquare, type Span } from '../../audio/index.ts';

/** Tests that need a voice are skipped where flite is missing. */
export const hasVoice = isInstalled('flite');

export const samplesPerMs = 16;

export interface SpokenSound {
  readonly samples: Int16Array;
  readonly text: string;
  /** Where each sentence can really be heard, without the silence that flite puts around it. */
  readonly truth: readonly Span[];
}

const sentences = [
  'I am meeting Sarah at the station on Friday morning.',
  'Please remember to buy milk and bread on your way home tonight.',
  'The manager told me that the project will be finished in December.',
  'We should call the school before the end of the month.',
  'My sister started working at the hospital two years ago.',
  'Thank you. I will see you tomorrow.',
];

/** Sentences by two voices in turn, a second of silence after each. */
export async function speak(count = sentences.length): Promise<SpokenSound> {
  const said = sentences.slice(0, count);
  const { pcm, lines } = await speakDialogue(
    said.map((text, index) => ({
      speaker: index % 2 === 0 ? 'man' : 'woman',
      text,
      pauseAfterMs: 1000,
    })),
    { voices: { man: 'rms', woman: 'slt' } },
  );
  const samples = new Int16Array(pcm.slice().buffer);
  return { samples, text: said.join(' '), truth: lines.map((line) => audible(samples, line)) };
}

/** The last sounds of flite's words fade out at about this level. */
const audibleDb = -57;

function audible(samples: Int16Array, { startMs, endMs }: Span): Span {
  const loud = (ms: number): boolean =>
    levelDb(meanSquare(samples.subarray(ms * samplesPerMs, (ms + 10) * samplesPerMs))) > audibleDb;
  let [from, to] = [startMs, endMs];
  while (from < to && !loud(from)) from += 10;
  while (to > from && !loud(to - 10)) to -= 10;
  return { startMs: from, endMs: to };
}

/** White noise of an RMS in sample units; the same each time. */
export function whiteNoise(ms: number, rms: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length: ms * samplesPerMs }, () => {
    // Numerical Recipes' linear congruential generator.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round(rms * Math.sqrt(3) * (seed / 2 ** 31 - 1));
  });
}

export function tone(ms: number, frequencyHz: number, peak: number): Int16Array {
  return Int16Array.from({ length: ms * samplesPerMs }, (_, i) =>
    Math.round(peak * Math.sin((2 * Math.PI * frequencyHz * i) / 16_000)),
  );
}

export function concat(...parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}
