/**
 * Whether a transcript is worth reading on: `words` from `minCharacters` characters on (ends trimmed),
 * `too-short` below, `silence` when it is empty.
 */
export function judgeTranscript(
  text: string,
  minCharacters: number,
): 'words' | 'too-short' | 'silence' {
  const { length } = text.trim();
  if (length === 0) return 'silence';
  return length < minCharacters ? 'too-short' : 'words';
}
