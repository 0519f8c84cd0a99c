import { expect, it } from 'vitest';
import { groupByDay } from './group-by-day.ts';

it('puts conversations of a local day together, newest first as given', () => {
  const at = (...date: [number, number, number, number]) => ({
    started_at: new Date(...date).toISOString(),
  });
  const now = new Date(2025, 10, 14, 12);
  const items = [at(2025, 10, 14, 9), at(2025, 10, 13, 23), at(2025, 10, 13, 0)];

  expect(groupByDay(items, now)).toEqual([
    { day: 'Today', items: [items[0]] },
    { day: 'Yesterday', items: [items[1], items[2]] },
  ]);
  expect(groupByDay([], now)).toEqual([]);
});
