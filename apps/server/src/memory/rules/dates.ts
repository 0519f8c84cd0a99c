import { casual, type ParsedResult } from 'chrono-node/en';
import { months, weekdays } from './vocabulary.ts';

/** A date somebody named. Epoch ms. */
export interface NamedDate {
  /**
   * The midnight that ends the day, weekend, week, month or year that was named, in the server's time
   * zone; null for a season or holiday, which is a date without a known day.
   */
  readonly endsAt: number | null;
  readonly isPast: boolean;
}

/** A word that is only sometimes a date: "may", "sat", "sun", "march", "second". */
const ambiguous =
  /^(?:may|march|mar|sat|sun|mon|wed|fri|thu|tue|jan|dec|now|second|seconds|sec|min|mins|today)$/i;
const dateBefore =
  /\b(?:on|in|by|this|next|last|until|till|of|since|before|after|every|early|late|mid)\s+$/i;
const looseDate =
  /\b(?:christmas|thanksgiving|easter|halloween|new year'?s?(?: eve| day)?|(?:this|next|in the|over the) (?:spring|summer|fall|autumn|winter))\b/i;

/**
 * The date a statement names, read from the moment it was said; the last one when it names several,
 * null when it names none. "Friday" said on a Friday is the next one, unless it is "this Friday".
 */
export function dateIn(text: string, saidAt: number, tense: 'past' | 'future'): NamedDate | null {
  const found = parse(text, saidAt, tense).filter((result) => isDate(result, text));
  const ends = found.map((result) => endOf(result, saidAt, tense));
  const endsAt = ends.length > 0 ? Math.max(...ends) : null;
  if (endsAt !== null) return { endsAt, isPast: endsAt <= startOfDay(saidAt) };
  return looseDate.test(text) ? { endsAt: null, isPast: tense === 'past' } : null;
}

function parse(text: string, saidAt: number, tense: 'past' | 'future'): ParsedResult[] {
  const forwardDate = tense === 'future' && !/\blast\b/i.test(text);
  // A year of four digits would read as a time of day ("in 1999" as 19:99) in some spellings; chrono
  // leaves those alone, and a bare year says nothing about how long a statement holds.
  return casual.parse(text.replace(/\bmay the\b/gi, 'may'), new Date(saidAt), { forwardDate });
}

function isDate(result: ParsedResult, text: string): boolean {
  const { start } = result;
  if (/^for\b/i.test(result.text)) return false;
  const named = (['day', 'weekday', 'month', 'year'] as const).some((part) =>
    start.isCertain(part),
  );
  if (!named) return false;
  if (!ambiguous.test(result.text)) return true;
  return dateBefore.test(text.slice(0, result.index)) || /^today$/i.test(result.text);
}

function endOf(result: ParsedResult, saidAt: number, tense: 'past' | 'future'): number {
  const part = result.end ?? result.start;
  const date = part.date();
  const day = new Date(date.getFullYear(), date.getMonth(), date.getDate());
  const words = result.text.toLowerCase();
  const midnight = (years: number, monthsOn: number, days: number) =>
    new Date(day.getFullYear() + years, day.getMonth() + monthsOn, day.getDate() + days).getTime();

  if (/\bweekends?\b/.test(words)) return midnight(0, 0, day.getDay() === 6 ? 2 : 1);
  if (/\b(?:this|next|last|the) week\b/.test(words))
    return midnight(0, 0, ((7 - day.getDay()) % 7) + 1);
  const isDay = part.isCertain('day') || part.isCertain('weekday');
  if (!isDay && part.isCertain('month'))
    return new Date(day.getFullYear(), day.getMonth() + 1, 1).getTime();
  if (!isDay && part.isCertain('year')) return new Date(day.getFullYear() + 1, 0, 1).getTime();

  const isSameDay = day.getTime() === startOfDay(saidAt);
  const isBareWeekday = part.isCertain('weekday') && !/\b(?:this|today)\b/.test(words);
  const direction = tense === 'past' ? -7 : 7;
  return midnight(0, 0, isSameDay && isBareWeekday ? direction + 1 : 1);
}

function startOfDay(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Whether the word is written with a capital because it is in the calendar. */
export function isCalendarName(lower: string, before: string): boolean {
  if (lower === 'may' || lower === 'march') return dateBefore.test(`${before} `);
  return new RegExp(`^(?:${weekdays}|${months})(?:s|'s)?$`).test(lower);
}
