import { useSyncExternalStore } from 'react';
import { captions } from '../../live/live.tsx';
import type { DeviceCaptions as Shown } from '../../live/captions.ts';

/** What is being said, word by word, where a recogniser hears live. */
export function DeviceCaptions({ clientId }: { readonly clientId: string }) {
  const { lines, state } = useSyncExternalStore(captions.subscribe, () => captions.of(clientId));
  const note = notes[state];
  if (lines.length === 0 && note === null) return null;
  return (
    <div className="captions" role="log" aria-label="What is being said">
      {lines.map(({ start, text, speaker, isInterim }, index) => (
        <p key={`${start}:${index}`} className={isInterim ? 'is-interim' : undefined}>
          {speaker !== null && !isInterim && <span className="visually-hidden">{speaker}: </span>}
          {text}
        </p>
      ))}
      {note !== null && <p className="captions-note">{note}</p>}
    </div>
  );
}

const notes: Readonly<Record<Shown['state'], string | null>> = {
  idle: null,
  live: null,
  connecting: 'Captions are on their way…',
  shed: 'The recogniser is behind: what is said now is transcribed afterwards.',
  'no-engine': 'No captions now: what is said is transcribed afterwards.',
};
