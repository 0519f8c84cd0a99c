import { Link } from '@tanstack/react-router';
import { Door } from '../ui/door.tsx';
import { usePageTitle } from '../ui/page-title.ts';

export function NotFoundPage() {
  usePageTitle('Not found');
  return (
    <Door
      title="There is no such page"
      intro="It may have been moved, or the address has a mistake."
    >
      <Link to="/devices" className="button is-primary is-wide">
        Go to your devices
      </Link>
    </Door>
  );
}
