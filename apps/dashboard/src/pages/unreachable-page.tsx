import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Door } from '../ui/door.tsx';
import { usePageTitle } from '../ui/page-title.ts';
import { errorInWords } from '../ui/states.tsx';

/** Shown in place of everything when not even the account could be read, or a page broke. */
export function UnreachablePage({ error }: ErrorComponentProps) {
  usePageTitle('Not available');
  const router = useRouter();
  return (
    <Door title="Not available now" intro={errorInWords(error)}>
      <button
        type="button"
        className="button is-primary is-wide"
        onClick={() => void router.invalidate()}
      >
        Try again
      </button>
    </Door>
  );
}
