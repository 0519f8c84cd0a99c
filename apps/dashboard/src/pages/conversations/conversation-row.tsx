import type { ConversationBody } from '@friend-lite/contract';
import { Link } from '@tanstack/react-router';
import { ChevronRight, Lightbulb, Pin } from 'lucide-react';
import { Badge } from '../../ui/badge.tsx';
import { memoryCountInWords, standingOf, titleOf } from '../../words/conversation.ts';
import { deviceNameOf } from '../../words/device.ts';
import { formatDuration, formatTime } from '../../words/time.ts';

/** One line of the list. */
export function ConversationRow({ conversation }: { readonly conversation: ConversationBody }) {
  const { tone, label } = standingOf(conversation);
  const isOpen = tone === 'live';
  return (
    <Link
      to="/conversations/$id"
      params={{ id: conversation.conversation_id }}
      search={{ t: undefined }}
      className="conversation-row"
    >
      <time className="numbers" dateTime={conversation.started_at}>
        {formatTime(conversation.started_at)}
      </time>
      <span className="conversation-what">
        <span className={conversation.title === null ? 'is-untitled' : undefined}>
          {titleOf(conversation)}
        </span>
        <span className="inline-facts numbers">
          <span>{isOpen ? 'In progress' : formatDuration(conversation.duration_seconds)}</span>
          <span>{deviceNameOf(conversation.client_id)}</span>
          {conversation.pinned && (
            <span className="has-icon">
              <Pin size={13} aria-hidden="true" />
              Pinned
            </span>
          )}
          {conversation.memory_count > 0 && (
            <span className="has-icon">
              <Lightbulb size={13} aria-hidden="true" />
              {memoryCountInWords(conversation.memory_count)}
            </span>
          )}
        </span>
      </span>
      {label !== null && <Badge tone={tone}>{label}</Badge>}
      <ChevronRight size={17} className="chevron" aria-hidden="true" />
    </Link>
  );
}
