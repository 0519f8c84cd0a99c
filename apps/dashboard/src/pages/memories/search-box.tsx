import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

interface SearchBoxProps {
  readonly initialQuery: string;
  /** Hears of the query once typing has paused. */
  readonly onQuery: (query: string) => void;
  /** The arrow down leads from the box to what was found. */
  readonly onDown: () => void;
}

const pauseMs = 250;

export function SearchBox({ initialQuery, onQuery, onDown }: SearchBoxProps) {
  const [text, setText] = useState(initialQuery);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);

  const change = (next: string, delayMs: number): void => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onQuery(next.trim()), delayMs);
  };
  return (
    <form
      className="search-box"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        change(text, 0);
      }}
    >
      <Search size={18} aria-hidden="true" />
      <input
        ref={input}
        className="input"
        type="text"
        inputMode="search"
        aria-label="Search memories"
        placeholder="Search a name, a place, a plan"
        autoComplete="off"
        spellCheck={false}
        maxLength={1000}
        value={text}
        onChange={(event) => change(event.target.value, pauseMs)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') change('', 0);
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            onDown();
          }
        }}
      />
      {text === '' ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <button
          type="button"
          className="button is-plain is-icon"
          aria-label="Clear the search"
          onClick={() => {
            change('', 0);
            input.current?.focus();
          }}
        >
          <X size={16} aria-hidden="true" />
        </button>
      )}
    </form>
  );
}
