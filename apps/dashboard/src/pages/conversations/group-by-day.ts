import { formatDay } from '../../words/time.ts';

interface DayGroup<T> {
  readonly day: string;
  readonly items: readonly T[];
}

/** Puts neighbours of the same local day together, in the order given. */
export function groupByDay<T extends { readonly started_at: string }>(
  items: readonly T[],
  now: Date,
): readonly DayGroup<T>[] {
  const groups: { day: string; items: T[] }[] = [];
  for (const item of items) {
    const day = formatDay(item.started_at, now);
    const last = groups.at(-1);
    if (last?.day === day) last.items.push(item);
    else groups.push({ day, items: [item] });
  }
  return groups;
}
