import type { ReactNode } from 'react';
import type { Tone } from '../words/conversation.ts';

interface BadgeProps {
  readonly tone: Tone;
  readonly children: ReactNode;
}

export function Badge({ tone, children }: BadgeProps) {
  return (
    <span className={`badge is-${tone}`}>
      {tone !== 'quiet' && <span className="dot" aria-hidden="true" />}
      {children}
    </span>
  );
}
