/** A key of the health report for people: `active_clients` → `Active clients`. */
export function labelOf(key: string): string {
  const words = key.replaceAll(/[_-]+/g, ' ').trim();
  return (words.charAt(0).toUpperCase() + words.slice(1))
    .replace(/\b(asr|llm|uri|url|vad)\b/gi, (name) => name.toUpperCase())
    .replace(/^(.+) (seconds|minutes)$/, '$1, $2');
}

/** A status without the sign in front of it that other clients show. */
export function statusText(status: string): string {
  return status.replace(/^[^\p{L}\p{N}]+/u, '');
}
