import { ApiError } from '@friend-lite/client';
import { CloudOff, RotateCw, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children: ReactNode;
}

/** What a page says when there is nothing yet. */
export function EmptyState({ icon: Icon, title, children }: EmptyStateProps) {
  return (
    <div className="card state">
      <span className="state-icon">
        <Icon size={22} aria-hidden="true" />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface ErrorStateProps {
  readonly title: string;
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** What a page says when it could not read what it shows. */
export function ErrorState({ title, error, onRetry }: ErrorStateProps) {
  return (
    <div className="card state is-error" role="alert">
      <span className="state-icon">
        <CloudOff size={22} aria-hidden="true" />
      </span>
      <h2>{title}</h2>
      <p>{errorInWords(error)}</p>
      <button type="button" className="button" onClick={onRetry}>
        <RotateCw size={15} aria-hidden="true" />
        Try again
      </button>
    </div>
  );
}

/** The sentence for people of any error. */
export function errorInWords(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong on this page.';
  return error.code === 'internal' || error.code.startsWith('http_5')
    ? 'The server made a mistake. It may work when you try again.'
    : error.message;
}

interface SkeletonsProps {
  readonly count: number;
  /** A CSS length. */
  readonly height: string;
  /** What is being loaded, for those who cannot see it. */
  readonly label: string;
}

export function Skeletons({ count, height, label }: SkeletonsProps) {
  return (
    <div className="skeletons" role="status" aria-label={`Loading ${label}`}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="skeleton" style={{ height }} />
      ))}
    </div>
  );
}
