/** Until a language model gives one: the first words of some substance, at most 60 characters. */
export function titleOf(utterances: readonly { readonly text: string }[]): string | null {
  const telling =
    utterances.find(({ text }) => text.trim().split(/\s+/).length >= 4) ?? utterances[0];
  const text = telling?.text.trim().replaceAll(/\s+/g, ' ');
  if (!text) return null;
  const capitalised = text.charAt(0).toUpperCase() + text.slice(1);
  if (capitalised.length <= 60) return capitalised;
  const cut = capitalised.slice(0, 59);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 30)).trimEnd()}…`;
}
