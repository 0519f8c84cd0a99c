import { describe, expect, it } from 'vitest';
import { reduceWordWatch, wellWatched, type WordWatchEvent } from './word-watchdog.ts';

const after = (...events: WordWatchEvent[]) =>
  events.reduce((state, event) => reduceWordWatch(state, event, 60_000), wellWatched);
const speech = (lengthMs: number): WordWatchEvent => ({ type: 'speech', lengthMs });

describe('the watch for words', () => {
  it('is well while words come of speech', () => {
    expect(after(speech(50_000), { type: 'words' }, speech(50_000))).toEqual({
      kind: 'well',
      unheardMs: 50_000,
    });
  });

  it('notices that sound flows and no words come', () => {
    expect(after(speech(30_000), speech(30_000)).kind).toBe('wordless');
  });

  it('is well again with the first word', () => {
    expect(after(speech(90_000), { type: 'words' })).toEqual(wellWatched);
  });
});
