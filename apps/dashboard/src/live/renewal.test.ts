import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRenewal, outdatedBy } from './renewal.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('reads once for a burst of events', () => {
  const renewed: string[] = [];
  const renewal = createRenewal((key) => renewed.push(key.join('/')), 250);
  const event = { conversation_id: 'x', client_id: 'c' };
  for (const state of ['closing', 'transcribing-final', 'closed'] as const) {
    renewal.add(outdatedBy({ type: 'conversation', ...event, state }));
  }
  expect(renewed).toEqual([]);
  vi.advanceTimersByTime(250);
  expect(renewed).toEqual(['devices', 'conversations', 'conversation']);
});

it('reads again for what comes later, and nothing once cancelled', () => {
  let count = 0;
  const renewal = createRenewal(() => count++, 250);
  renewal.add([['a']]);
  vi.advanceTimersByTime(250);
  renewal.add([['a']]);
  renewal.cancel();
  vi.advanceTimersByTime(1000);
  expect(count).toBe(1);
});

it('does not read anything for a level', () => {
  expect(outdatedBy({ type: 'level', client_id: 'c', db: -3, is_speech: true })).toEqual([]);
});
