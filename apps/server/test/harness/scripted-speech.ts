import {
  markSound,
  speakDialogue,
  walkDialogue,
  walkVoices,
  type ScriptedWord,
  type SpokenLine,
} from '@friend-lite/simulators';
import { bytesPerMs } from './microphone.ts';

/** Speech of which a simulated recogniser knows every word and its place. */
export interface ScriptedSpeech {
  /** 16 kHz mono s16le, with its place in the script in its lowest bits. */
  readonly pcm: Uint8Array;
  /** Every word another one. */
  readonly script: readonly ScriptedWord[];
}

/** The first `lineCount` lines of the walk's dialogue, over and over for at least `leastMs`. */
export async function scriptedSpeech(lineCount: number, leastMs = 0): Promise<ScriptedSpeech> {
  const { pcm, lines } = await speakDialogue(walkDialogue.slice(0, lineCount), {
    voices: walkVoices,
  });
  const onceMs = pcm.length / bytesPerMs;
  const times = Math.max(1, Math.ceil(leastMs / onceMs));
  const script: ScriptedWord[] = [];
  for (let time = 0; time < times; time += 1) {
    for (const line of lines) script.push(...wordsOf(line, time * onceMs, script.length));
  }
  const whole = Buffer.concat(Array.from({ length: times }, () => pcm));
  return { script, pcm: markSound(whole, 0) };
}

/** As many words as the line has, spread over the time in which it was spoken. */
function wordsOf({ text, speaker, startMs, endMs }: SpokenLine, atMs: number, count: number) {
  const { length } = text.split(/\s+/);
  const eachMs = (endMs - startMs) / length;
  return Array.from({ length }, (_, index) => ({
    word: `w${count + index}`,
    startMs: atMs + startMs + index * eachMs,
    endMs: atMs + startMs + (index + 0.9) * eachMs,
    speaker,
  }));
}
