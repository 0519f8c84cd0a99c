import { readScript, type ScriptedWord } from '../script/index.ts';
import type { AudioUploadFault } from './faults.ts';

/** A word that was heard. Times in ms of the sound that was sent. */
export interface HeardWord {
  readonly bare: string;
  /** With capitals and punctuation. */
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly speaker: string;
  readonly confidence: number;
}

/** What a service hears in the sound of a request. */
export interface HeardSound {
  readonly durationMs: number;
  readonly words: readonly HeardWord[];
}

const bytesPerMs = 32;
/** A pause that ends a segment. */
const pauseMs = 800;
/** Whisper's segments are no longer than what it hears at once. */
const longestSegmentMs = 30_000;

/** Finds the script's words in sound, as the fault has it. */
export function hearSound(
  pcm: Uint8Array,
  script: readonly ScriptedWord[],
  positionOf: (pcm: Uint8Array) => number | null,
  { deaf, saysOverSilence, clockSkewMs = 0 }: AudioUploadFault,
): HeardSound {
  const durationMs = pcm.length / bytesPerMs;
  const heard = deaf ? [] : readScript(script, positionOf).read(pcm);
  const words = heard.map(({ scripted, startMs, endMs }) => ({
    bare: scripted.word,
    text: scripted.punctuated ?? scripted.word,
    startMs: startMs + clockSkewMs,
    endMs: endMs + clockSkewMs,
    speaker: scripted.speaker,
    confidence: scripted.confidence ?? 0.99,
  }));
  if (words.length > 0 || saysOverSilence === undefined) return { durationMs, words };
  return { durationMs, words: invented(saysOverSilence, durationMs) };
}

/** The words in segments: cut at pauses, at 30 s, and where asked for at each change of speakers. */
export function segmentsOf(
  words: readonly HeardWord[],
  { bySpeaker }: { readonly bySpeaker: boolean },
): readonly (readonly HeardWord[])[] {
  const segments: HeardWord[][] = [];
  for (const word of words) {
    const last = segments.at(-1);
    const before = last?.at(-1);
    const isNew =
      !before ||
      word.startMs - before.endMs >= pauseMs ||
      word.endMs - (last?.[0]?.startMs ?? 0) > longestSegmentMs ||
      (bySpeaker && word.speaker !== before.speaker);
    if (isNew) segments.push([word]);
    else last?.push(word);
  }
  return segments;
}

export function textOf(words: readonly HeardWord[]): string {
  return words.map(({ text }) => text).join(' ');
}

/** As a service tells times. */
export function secondsOf(words: readonly HeardWord[]): { start: number; end: number } {
  return {
    start: seconds(words[0]?.startMs ?? 0),
    end: seconds(Math.max(0, ...words.map(({ endMs }) => endMs))),
  };
}

/** Whole ms as seconds. */
export function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/** Numbers for the speakers, from 0, in the order in which they first speak. */
export function speakerNumbers(words: readonly HeardWord[]): ReadonlyMap<string, number> {
  const speakers = new Set(words.map(({ speaker }) => speaker));
  return new Map([...speakers].map((speaker, index) => [speaker, index]));
}

function invented(text: string, durationMs: number): readonly HeardWord[] {
  const words = text.split(' ');
  const eachMs = Math.min(durationMs, longestSegmentMs) / words.length;
  return words.map((word, index) => ({
    bare: word,
    text: word,
    startMs: index * eachMs,
    endMs: (index + 1) * eachMs,
    speaker: 'nobody',
    confidence: 0.5,
  }));
}
