/** A word of the script. Times in ms of the script's sound. */
export interface ScriptedWord {
  readonly word: string;
  /** With capitals and punctuation; as `word` when left out. */
  readonly punctuated?: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Any name; each connection gives them numbers of its own. */
  readonly speaker: string;
  readonly language?: string;
  /** 0..1; 0.99 when left out. */
  readonly confidence?: number;
}

/** A word in sound that was received. Times in ms of that sound. */
export interface HeardScriptWord {
  readonly scripted: ScriptedWord;
  readonly startMs: number;
  readonly endMs: number;
  /** Where the middle of the whole word lies: who has that has the word. */
  readonly middleMs: number;
}

/** How much of the sound is looked at for its place in the script at a time: 20 ms of 16 kHz mono s16le. */
const sliceBytes = 640;
const bytesPerMs = 32;
/** Places are rounded; less than this is no jump. */
const jumpMs = 1;

export interface ScriptReader {
  /** Ms of sound that were received. */
  readonly receivedMs: number;
  /** The words whose middle lies in this sound, which follows the one before. */
  read(pcm: Uint8Array): readonly HeardScriptWord[];
}

/**
 * Finds the words in sound as it comes. A word is in it when its middle is, so a word that is cut in two is heard once.
 * `positionOf` tells where in the script a stretch of at least 8 ms comes from; null: from nowhere, which is silence.
 */
export function readScript(
  script: readonly ScriptedWord[],
  positionOf: (pcm: Uint8Array) => number | null,
): ScriptReader {
  const words = script
    .map((word) => ({ word, middleMs: (word.startMs + word.endMs) / 2 }))
    .sort((a, b) => a.middleMs - b.middleMs);
  let receivedMs = 0;
  /** Where the script goes on after what was received. */
  let expectedMs: number | null = null;
  /** Where in the received sound the script was last jumped to. */
  let runStartMs = 0;

  function firstFrom(ms: number): number {
    let [low, high] = [0, words.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((words[middle]?.middleMs ?? Infinity) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function readSlice(slice: Uint8Array): HeardScriptWord[] {
    const found = positionOf(slice);
    const lengthMs = slice.length / bytesPerMs;
    const startMs = receivedMs;
    receivedMs += lengthMs;
    if (found === null) {
      expectedMs = null;
      return [];
    }
    const continues = expectedMs !== null && Math.abs(found - expectedMs) < jumpMs;
    const positionMs = continues ? (expectedMs ?? found) : found;
    if (!continues) runStartMs = startMs;
    expectedMs = positionMs + lengthMs;

    const heard: HeardScriptWord[] = [];
    for (let index = firstFrom(positionMs); ; index += 1) {
      const next = words[index];
      if (!next || next.middleMs >= expectedMs) return heard;
      const place = (ms: number): number => Math.max(runStartMs, startMs + ms - positionMs);
      heard.push({
        scripted: next.word,
        startMs: place(next.word.startMs),
        endMs: place(next.word.endMs),
        middleMs: place(next.middleMs),
      });
    }
  }

  return {
    get receivedMs() {
      return receivedMs;
    },
    read(pcm) {
      const heard: HeardScriptWord[] = [];
      for (let at = 0; at < pcm.length;) {
        // No rest too short to hold a mark.
        const isLast = pcm.length - at < 2 * sliceBytes;
        const end = isLast ? pcm.length : at + sliceBytes;
        heard.push(...readSlice(pcm.subarray(at, end)));
        at = end;
      }
      return heard;
    },
  };
}
