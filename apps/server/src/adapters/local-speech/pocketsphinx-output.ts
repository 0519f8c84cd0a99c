import type { HeardUtterance, HeardWord } from '../../transcription/index.ts';

/** `<word> <start> <end> <probability>`, times in seconds from the start of the sound. */
const wordLine = /^(\S+) (\d+(?:\.\d+)?) (\d+(?:\.\d+)?) \S+$/;
/** Silence and noises: `<s>`, `<sil>`, `[NOISE]`, `++BREATH++`. */
const filler = /^[<[+]/;
/** Which of several pronunciations was heard: `on(2)`. */
const pronunciation = /\(\d+\)$/;

/**
 * The words that `pocketsphinx_continuous -time yes` prints: for each stretch between two pauses the text as
 * a line, then a line for each of its words. Stretches without words are left out.
 */
export function parseWordTimes(output: string): HeardUtterance[] {
  const stretches: HeardWord[][] = [];
  for (const line of output.split('\n')) {
    const [, word, start, end] = wordLine.exec(line.trim()) ?? [];
    if (word === undefined) {
      stretches.push([]);
      continue;
    }
    if (filler.test(word)) continue;
    stretches.at(-1)?.push({
      text: word.replace(pronunciation, ''),
      startMs: Number(start) * 1000,
      endMs: Number(end) * 1000,
      // The program's word probabilities are low for right words and high for wrong ones alike.
      confidence: null,
    });
  }
  return stretches.flatMap((words) => {
    const [first, last] = [words[0], words.at(-1)];
    if (!first || !last) return [];
    return {
      startMs: first.startMs,
      endMs: last.endMs,
      text: words.map(({ text }) => text).join(' '),
      speaker: null,
      confidence: null,
      words,
    };
  });
}
