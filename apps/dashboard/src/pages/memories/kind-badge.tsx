import type { MemoryKind } from '@friend-lite/contract';
import {
  CalendarDays,
  Handshake,
  Heart,
  MapPin,
  Quote,
  UserRound,
  type LucideIcon,
} from 'lucide-react';
import './kind-badge.css';

const kinds: Record<MemoryKind, { readonly icon: LucideIcon; readonly label: string }> = {
  fact: { icon: Quote, label: 'Fact' },
  preference: { icon: Heart, label: 'Preference' },
  commitment: { icon: Handshake, label: 'Commitment' },
  event: { icon: CalendarDays, label: 'Event' },
  person: { icon: UserRound, label: 'Person' },
  place: { icon: MapPin, label: 'Place' },
};

export function KindBadge({ kind }: { readonly kind: MemoryKind }) {
  const { icon: Icon, label } = kinds[kind];
  return (
    <span className={`badge kind is-${kind}`}>
      <Icon size={12} aria-hidden="true" />
      {label}
    </span>
  );
}
