import { unreachable } from '../base/index.ts';

/** Whether words come of the speech of a capture. `unheardMs` is the speech since the last words. */
export type WordWatch =
  | { readonly kind: 'well'; readonly unheardMs: number }
  /** Sound flows, no words. */
  | { readonly kind: 'wordless'; readonly unheardMs: number };

export type WordWatchEvent =
  /** So much more speech was detected. */
  { readonly type: 'speech'; readonly lengthMs: number } | { readonly type: 'words' };

export const wellWatched: WordWatch = { kind: 'well', unheardMs: 0 };

/** Moves the watch: `limitMs` of detected speech without a word make it `wordless`, the next word makes it `well`. */
export function reduceWordWatch(
  state: WordWatch,
  event: WordWatchEvent,
  limitMs: number,
): WordWatch {
  switch (event.type) {
    case 'words':
      return wellWatched;
    case 'speech': {
      const unheardMs = state.unheardMs + event.lengthMs;
      return { kind: unheardMs >= limitMs ? 'wordless' : 'well', unheardMs };
    }
    default:
      return unreachable(event);
  }
}
