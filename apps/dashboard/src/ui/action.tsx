import { CircleAlert, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { errorInWords } from './states.tsx';

interface ActionProps extends ComponentProps<'button'> {
  readonly icon: LucideIcon;
  /** Whether it is under way. */
  readonly isPending?: boolean;
}

/** A button that does something on the server. */
export function Action({ icon: Icon, isPending = false, children, ...button }: ActionProps) {
  return (
    <button type="button" className="button" disabled={isPending} {...button}>
      {isPending ? (
        <LoaderCircle size={15} className="spinner" aria-hidden="true" />
      ) : (
        <Icon size={15} aria-hidden="true" />
      )}
      {children}
    </button>
  );
}

/** What went wrong, if anything did. */
export function ActionError({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <p className="notice is-error" role="alert">
      <CircleAlert size={16} aria-hidden="true" />
      {errorInWords(error)}
    </p>
  );
}
