const minuteSeconds = 60;
const hourSeconds = 3600;

/** A length in words: `45 s`, `1 min 32 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < minuteSeconds) return `${whole} s`;
  const hours = Math.floor(whole / hourSeconds);
  const minutes = Math.floor((whole % hourSeconds) / minuteSeconds);
  const rest = whole % minuteSeconds;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** A position in a recording: `0:07`, `1:02:09`. */
export function formatPosition(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / hourSeconds);
  const minutes = Math.floor((whole % hourSeconds) / minuteSeconds);
  const rest = String(whole % minuteSeconds).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** Seconds of `0:07`, `1:02:09` or `42`; null for anything else. */
export function parsePosition(text: string): number | null {
  const parts = text.trim().split(':');
  if (parts.length > 3 || !parts.every((part) => /^\d{1,4}$/.test(part))) return null;
  const [last = '', minutes = '0', hours = '0'] = parts.toReversed();
  return Number(hours) * hourSeconds + Number(minutes) * minuteSeconds + Number(last);
}

/** `9:05`, as the reader's own language writes it. */
export function formatTime(iso: string): string {
  return new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' }).format(
    new Date(iso),
  );
}

/** `9:05` of today; with the day before it when it is another one. */
export function formatMoment(iso: string, now: Date): string {
  const day = formatDay(iso, now);
  return day === 'Today' ? formatTime(iso) : `${day}, ${formatTime(iso)}`;
}

/** `Friday, 14 November, 9:05`. */
export function formatDayAndTime(iso: string, now: Date): string {
  return `${formatDay(iso, now)}, ${formatTime(iso)}`;
}

/** `Today`, `Yesterday`, `Friday, 14 November`; with the year when it is another one. */
export function formatDay(iso: string, now: Date): string {
  const date = new Date(iso);
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return new Intl.DateTimeFormat(undefined, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
  }).format(date);
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
