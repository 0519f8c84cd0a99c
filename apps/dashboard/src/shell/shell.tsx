import { Link, Outlet, useRouteContext } from '@tanstack/react-router';
import type { LiveConnection } from '@friend-lite/client';
import { Activity, AudioLines, Lightbulb, MessagesSquare, type LucideIcon } from 'lucide-react';
import { useCallback } from 'react';
import { isSignedOut } from '../api/session.ts';
import { useLiveView } from '../live/live.tsx';
import { Brand } from '../ui/brand.tsx';
import { useUploadsOfSession } from '../uploads/use-uploads.ts';
import { AccountMenu } from './account-menu.tsx';

interface NavEntry {
  readonly to: '/devices' | '/conversations' | '/memories' | '/status';
  readonly label: string;
  readonly icon: LucideIcon;
}

const entries: readonly NavEntry[] = [
  { to: '/devices', label: 'Devices', icon: AudioLines },
  { to: '/conversations', label: 'Conversations', icon: MessagesSquare },
  { to: '/memories', label: 'Memories', icon: Lightbulb },
  { to: '/status', label: 'Health', icon: Activity },
];

/** The frame of every page one sees when signed in; it follows the live view for all of them. */
export function Shell() {
  useUploadsOfSession();
  const { onSignedOut } = useRouteContext({ from: '__root__' });
  const connection = useLiveView(
    useCallback(
      (error: unknown) => {
        if (isSignedOut(error)) onSignedOut();
      },
      [onSignedOut],
    ),
  );

  return (
    <div className="shell">
      <a href="#main" className="button skip-link">
        Skip to content
      </a>
      <div className="topbar">
        <Link to="/devices" className="brand">
          <Brand />
        </Link>
        <Connection connection={connection} />
        <AccountMenu />
      </div>
      <div className="sidebar">
        <Link to="/devices" className="brand">
          <Brand />
        </Link>
        <nav aria-label="Pages">
          <ul className="nav-list">
            {entries.map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <Link to={to} className="nav-link" activeProps={{ className: 'is-current' }}>
                  <Icon size={18} aria-hidden="true" />
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="sidebar-foot">
          <Connection connection={connection} />
          <AccountMenu />
        </div>
      </div>
      <main className="main" id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function Connection({ connection }: { readonly connection: LiveConnection }) {
  const isLost = connection === 'lost';
  return (
    <p className={`connection${isLost ? ' is-lost' : ''}`} role="status">
      <span className="dot" aria-hidden="true" />
      <span>{isLost ? 'Reconnecting…' : 'Live'}</span>
    </p>
  );
}
