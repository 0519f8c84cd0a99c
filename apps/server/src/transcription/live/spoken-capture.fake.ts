import type { Span } from '../../audio/index.ts';
import type { Captioner } from './captioner.ts';

export interface SpokenWord extends Span {
  readonly text: string;
}

/** A capture as it was spoken and recorded. */
export interface SpokenCapture {
  readonly words: readonly SpokenWord[];
  /** Stretches that were recorded, in order; between them the device was away. */
  readonly recorded: readonly Span[];
  /** What a perfect detector hears. */
  readonly speech: readonly Span[];
}

/** Somebody who speaks: what comes next, in ms. */
export type Saying =
  | { readonly kind: 'word'; readonly lengthMs: number; readonly pauseMs: number }
  | { readonly kind: 'silence'; readonly lengthMs: number }
  | { readonly kind: 'away'; readonly lengthMs: number };

/** Pauses that a detector takes for a part of the speech, and how much earlier than a word it says speech began. */
const hangoverMs = 300;
const startPadMs = 100;
const unitMs = 20;
const roundedUp = (ms: number): number => Math.ceil(ms / unitMs) * unitMs;

/** Lays it out in capture time, over and over up to `untilMs`. */
export function speak(said: readonly Saying[], untilMs: number): SpokenCapture {
  const words: SpokenWord[] = [];
  const recorded: Span[] = [];
  const speech: Span[] = [];
  let [nowMs, recordedSinceMs] = [500, 0];
  for (let index = 0; ; index = (index + 1) % said.length) {
    const next = said[index];
    if (!next || nowMs + next.lengthMs > untilMs) break;
    if (next.kind === 'away') {
      recorded.push({ startMs: recordedSinceMs, endMs: roundedUp(nowMs) });
      recordedSinceMs = roundedUp(nowMs + next.lengthMs);
      nowMs = recordedSinceMs;
    } else if (next.kind === 'silence') nowMs += next.lengthMs;
    else {
      const word = { text: `w${words.length}`, startMs: nowMs, endMs: nowMs + next.lengthMs };
      words.push(word);
      const last = speech.at(-1);
      const isOn = last && last.endMs >= recordedSinceMs && nowMs - last.endMs < hangoverMs;
      const startMs = Math.max(recordedSinceMs, last?.endMs ?? 0, nowMs - startPadMs);
      if (isOn) speech[speech.length - 1] = { ...last, endMs: word.endMs };
      else speech.push({ startMs, endMs: word.endMs });
      nowMs = word.endMs + next.pauseMs;
    }
  }
  recorded.push({
    startMs: recordedSinceMs,
    endMs: roundedUp(Math.max(nowMs, recordedSinceMs + 1)),
  });
  return { words, recorded, speech };
}

/** When a detector first tells of speech, and how much sound comes at once. */
const noticedAfterMs = 350;
const pieceMs = 100;

/**
 * Plays the capture to the captioner as it was recorded, second for second, with a detector that is `detectorLagMs` behind
 * and hears everything. The clock stands at 0. `sound` holds the sound of the whole capture.
 */
export function play(
  { recorded, speech }: SpokenCapture,
  captioner: Pick<Captioner, 'hear' | 'detect'>,
  clock: { monotonic(): number; advance(ms: number): void },
  sound: Uint8Array,
  detectorLagMs: number,
): void {
  let reported = 0;
  const report = (analyzedMs: number, isFlush: boolean): void => {
    const ended: Span[] = [];
    for (let next = speech[reported]; next; next = speech[reported]) {
      const isOver = next.endMs + hangoverMs <= analyzedMs || (isFlush && next.endMs <= analyzedMs);
      if (!isOver) break;
      ended.push(next);
      reported += 1;
    }
    const ongoing = speech[reported];
    const isNoticed = ongoing && ongoing.startMs + noticedAfterMs <= analyzedMs;
    captioner.detect({ analyzedMs, ended, speakingSinceMs: isNoticed ? ongoing.startMs : null });
  };

  for (const { startMs, endMs } of recorded) {
    clock.advance(Math.max(0, startMs - clock.monotonic()));
    for (let atMs = startMs; atMs < endMs; atMs += pieceMs) {
      const untilMs = Math.min(endMs, atMs + pieceMs);
      clock.advance(untilMs - atMs);
      captioner.hear(atMs, sound.subarray(atMs * 32, untilMs * 32));
      if (untilMs - detectorLagMs > startMs) report(untilMs - detectorLagMs, false);
    }
    report(endMs, true);
  }
}
