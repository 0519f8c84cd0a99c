import { describe, expect, it } from 'vitest';
import { erasedInWords } from './erased.ts';
import { isEmpty, planInWords } from './plan.ts';

const nothing = {
  conversations: [],
  captures: [],
  conversation_count: 0,
  segment_count: 0,
  bytes: 0,
};
const going = (id: string, removes: 'whole' | 'sound') => ({
  conversation_id: id,
  title: null,
  started_at: '2025-11-14T09:00:00.000Z',
  removes,
});

describe('what goes, in words', () => {
  it('tells whole conversations from those that lose their sound', () => {
    const plan = {
      ...nothing,
      conversations: [going('a', 'whole'), going('b', 'whole'), going('c', 'sound')],
      conversation_count: 3,
      segment_count: 9,
      bytes: 412_000_000,
    };
    expect(isEmpty(plan)).toBe(false);
    expect(planInWords(plan)).toBe(
      '2 conversations whole, the sound of 1 conversation, 412 MB on the disk',
    );
  });

  it('is nothing only where neither a conversation nor sound goes', () => {
    expect(isEmpty(nothing)).toBe(true);
    expect(isEmpty({ ...nothing, segment_count: 1 })).toBe(false);
  });
});

describe('what was removed, in words', () => {
  it('names the kinds that people know, and leaves no record out of the count', () => {
    expect(erasedInWords({ memories: 4, captures: 2, segments: 30, jobs: 5, devices: 0 })).toEqual([
      { label: 'Recordings', count: 2 },
      { label: 'Memories', count: 4 },
      { label: 'Other records about them', count: 35 },
    ]);
  });
});
