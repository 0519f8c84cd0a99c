import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { ChevronsUpDown, HardDrive, LogOut, Users } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { queries } from '../api/queries.ts';

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const { data: user } = useQuery(queries.me);
  const [isOpen, setIsOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const menuId = useId();
  const signOut = useSignOut();

  useEffect(() => {
    if (!isOpen) return undefined;
    const close = (event: Event): void => {
      const isOutside = !frame.current?.contains(
        event.target instanceof Node ? event.target : null,
      );
      const isEscape = event instanceof KeyboardEvent && event.key === 'Escape';
      if (isEscape || (isOutside && !(event instanceof KeyboardEvent))) setIsOpen(false);
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('focusin', close);
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('focusin', close);
      document.removeEventListener('keydown', close);
    };
  }, [isOpen]);

  if (!user) return null;
  const name = user.display_name ?? user.email;
  return (
    <div className="account" ref={frame}>
      <button
        type="button"
        className="account-button"
        aria-expanded={isOpen}
        aria-controls={menuId}
        aria-label={`Account: ${name}`}
        onClick={() => setIsOpen(!isOpen)}
      >
        <span className="avatar" aria-hidden="true">
          {name.charAt(0).toUpperCase()}
        </span>
        <span className="account-name">{name}</span>
        <ChevronsUpDown size={15} aria-hidden="true" />
      </button>
      {isOpen && (
        <div className="menu" id={menuId}>
          <p className="menu-head">
            <span>{user.email}</span>
            <span>{user.is_superuser ? 'Administrator' : 'Member'}</span>
          </p>
          <Link to="/people" className="menu-item" onClick={() => setIsOpen(false)}>
            <Users size={16} aria-hidden="true" />
            People
          </Link>
          <Link to="/kept" className="menu-item" onClick={() => setIsOpen(false)}>
            <HardDrive size={16} aria-hidden="true" />
            What is kept
          </Link>
          <button
            type="button"
            className="menu-item"
            disabled={signOut.isPending}
            onClick={() => signOut.mutate()}
          >
            <LogOut size={16} aria-hidden="true" />
            Sign out
          </button>
        </div>
      )}
    </div>
  );
}

function useSignOut() {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: () => api.logout(),
    onSuccess: async () => {
      await router.navigate({ to: '/login' });
      queryClient.clear();
    },
  });
}
