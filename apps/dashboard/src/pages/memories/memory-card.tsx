import type { MemoryBody } from '@friend-lite/contract';
import { Link } from '@tanstack/react-router';
import { formatDayAndTime } from '../../words/time.ts';
import { KindBadge } from './kind-badge.tsx';
import { markWords } from './marked.ts';

interface MemoryCardProps {
  readonly memory: MemoryBody;
  /** Its words are marked. */
  readonly query: string;
}

/** One memory. It leads to the moment of the conversation it comes from. */
export function MemoryCard({ memory, query }: MemoryCardProps) {
  return (
    <Link
      to="/conversations/$id"
      params={{ id: memory.conversation_id }}
      search={{ t: memory.provenance.start }}
      className="card memory-card"
    >
      <p className="memory-text">
        <Marked text={memory.memory} query={query} />
      </p>
      <p className="memory-foot">
        <KindBadge kind={memory.kind} />
        {memory.entities.map((entity) => (
          <span key={entity} className="entity">
            <Marked text={entity} query={query} />
          </span>
        ))}
        <time className="numbers" dateTime={memory.provenance.started_at}>
          {formatDayAndTime(memory.provenance.started_at, new Date())}
        </time>
      </p>
      {memory.valid_until !== null && (
        <p className="memory-ended">{validityInWords(memory.valid_until, new Date())}</p>
      )}
    </Link>
  );
}

/** Until when something holds, or since when it no longer does. */
function validityInWords(validUntil: string, now: Date): string {
  const isOver = new Date(validUntil) <= now;
  return `${isOver ? 'No longer so since' : 'Until'} ${formatDayAndTime(validUntil, now)}`;
}

function Marked({ text, query }: { readonly text: string; readonly query: string }) {
  return markWords(text, query).map((part, index) =>
    part.isMarked ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>,
  );
}
