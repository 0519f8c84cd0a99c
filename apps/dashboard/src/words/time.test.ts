import { describe, expect, it } from 'vitest';
import { formatDay, formatDuration, formatPosition, parsePosition } from './time.ts';

describe('times in words', () => {
  it('gives lengths in the units that matter', () => {
    expect([0, 44.6, 60, 92, 3600, 7500].map(formatDuration)).toEqual([
      '0 s',
      '45 s',
      '1 min',
      '1 min 32 s',
      '1 h',
      '2 h 5 min',
    ]);
  });

  it('reads positions as people type them', () => {
    const typed = ['0:07', '1:32', '1:02:09', ' 42 ', '', '1:2:3:4', '-3', 'a:b', '1.5'];
    expect(typed.map(parsePosition)).toEqual([7, 92, 3729, 42, null, null, null, null, null]);
  });

  it('gives positions as players do', () => {
    expect([-1, 7.9, 92, 3729].map(formatPosition)).toEqual(['0:00', '0:07', '1:32', '1:02:09']);
  });

  it('names the days that are near, by the calendar rather than by hours', () => {
    const now = new Date(2025, 10, 14, 0, 30);
    expect(formatDay(new Date(2025, 10, 14, 0, 1).toISOString(), now)).toBe('Today');
    expect(formatDay(new Date(2025, 10, 13, 23, 59).toISOString(), now)).toBe('Yesterday');
    expect(formatDay(new Date(2025, 10, 10).toISOString(), now)).toMatch(/10/);
    expect(formatDay(new Date(2024, 10, 10).toISOString(), now)).toMatch(/2024/);
  });
});
