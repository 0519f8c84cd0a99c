import { CircleAlert, LoaderCircle } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { Brand } from './brand.tsx';

interface DoorProps {
  readonly title: string;
  readonly intro: ReactNode;
  readonly children?: ReactNode;
  /** Below the card. */
  readonly note?: ReactNode;
}

/** The frame of the pages one sees before being signed in. */
export function Door({ title, intro, children, note }: DoorProps) {
  return (
    <main className="door">
      <div className="door-panel">
        <div className="brand">
          <Brand />
        </div>
        <div className="card door-card">
          <header>
            <h1>{title}</h1>
            <p>{intro}</p>
          </header>
          {children}
        </div>
        {note !== undefined && <p className="door-note">{note}</p>}
      </div>
    </main>
  );
}

interface TextFieldProps extends ComponentProps<'input'> {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
}

export function TextField({ label, hint, ...input }: TextFieldProps) {
  const hintId = hint === undefined ? undefined : `${input.id}-hint`;
  return (
    <div className="field">
      <label htmlFor={input.id}>{label}</label>
      <input className="input" aria-describedby={hintId} {...input} />
      {hint !== undefined && (
        <span className="hint" id={hintId}>
          {hint}
        </span>
      )}
    </div>
  );
}

interface SubmitProps {
  readonly isPending: boolean;
  readonly error: string | null;
  readonly children: ReactNode;
}

/** The button that sends a form, and what went wrong when it was sent. */
export function Submit({ isPending, error, children }: SubmitProps) {
  return (
    <>
      {error !== null && (
        <p className="notice is-error" role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          {error}
        </p>
      )}
      <button type="submit" className="button is-primary is-wide" disabled={isPending}>
        {isPending && <LoaderCircle size={17} className="spinner" aria-hidden="true" />}
        {children}
      </button>
    </>
  );
}
