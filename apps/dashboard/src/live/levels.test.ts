import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLevels, loudness } from './levels.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('levels', () => {
  it('tells of speech beginning and ending, not of every level', () => {
    const levels = createLevels();
    const heard: boolean[] = [];
    levels.subscribeToSpeech(() => heard.push(levels.isSpeech('a')));
    for (const isSpeech of [false, true, true, true, false, false]) {
      levels.set('a', { db: -20, isSpeech });
    }
    expect(heard).toEqual([true, false]);
  });

  it('falls silent when a device is not heard of any more', () => {
    const levels = createLevels();
    levels.set('a', { db: -20, isSpeech: true });
    expect(levels.get('a', performance.now()).db).toBe(-20);
    vi.advanceTimersByTime(1500);
    expect(levels.isSpeech('a')).toBe(false);
    expect(levels.get('a', performance.now()).db).toBe(-100);
  });

  it('knows nothing of devices it has not heard', () => {
    expect(createLevels().get('a', 0)).toEqual({ db: -100, isSpeech: false });
  });
});

describe('loudness', () => {
  it('grows from nothing to all', () => {
    expect([-100, -60, -33, -6, 0].map(loudness)).toEqual([0, 0, 0.5, 1, 1]);
  });
});
