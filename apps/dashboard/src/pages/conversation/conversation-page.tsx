import { ApiError } from '@friend-lite/client';
import type { ConversationPageBody } from '@friend-lite/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, MessageCircleQuestion } from 'lucide-react';
import { queries } from '../../api/queries.ts';
import { Badge } from '../../ui/badge.tsx';
import { usePageTitle } from '../../ui/page-title.ts';
import { EmptyState, ErrorState, Skeletons } from '../../ui/states.tsx';
import { standingOf, titleOf } from '../../words/conversation.ts';
import { deviceNameOf } from '../../words/device.ts';
import { formatDayAndTime, formatDuration } from '../../words/time.ts';
import { ConversationBody } from './conversation-body.tsx';
import './conversation.css';

const route = getRouteApi('/shell/conversations/$id');

/** One conversation: its sound, its words, what was remembered of it, and how it was processed. */
export function ConversationPage() {
  const { id } = route.useParams();
  const { t } = route.useSearch();
  const page = useQuery(queries.conversation(id));
  usePageTitle(page.data ? titleOf(page.data) : 'Conversation');

  return (
    <div className="page">
      <Link to="/conversations" className="text-link back">
        <ArrowLeft size={15} aria-hidden="true" /> Conversations
      </Link>
      {page.isPending && <Skeletons count={3} height="8rem" label="the conversation" />}
      {page.isError &&
        (page.error instanceof ApiError && page.error.status === 404 ? (
          <EmptyState icon={MessageCircleQuestion} title="This conversation does not exist">
            <p>It may have been deleted, or the address has a mistake.</p>
          </EmptyState>
        ) : (
          <ErrorState
            title="The conversation cannot be shown"
            error={page.error}
            onRetry={() => void page.refetch()}
          />
        ))}
      {page.data && (
        <>
          <ConversationHead conversation={page.data} />
          <ConversationBody
            key={page.data.conversation_id}
            conversation={page.data}
            startAt={t ?? null}
          />
        </>
      )}
    </div>
  );
}

type Conversation = ConversationPageBody['conversation'];

function ConversationHead({ conversation }: { readonly conversation: Conversation }) {
  const { tone, label, explanation } = standingOf(conversation);
  return (
    <header className="conversation-head">
      <div className="conversation-title">
        <h1>{titleOf(conversation)}</h1>
        {label !== null && <Badge tone={tone}>{label}</Badge>}
      </div>
      <p className="inline-facts numbers">
        <span>{formatDayAndTime(conversation.started_at, new Date())}</span>
        {conversation.ended_at !== null && (
          <span>{formatDuration(conversation.duration_seconds)}</span>
        )}
        <span>{deviceNameOf(conversation.client_id)}</span>
      </p>
      {conversation.summary !== null && <p>{conversation.summary}</p>}
      {explanation !== null && (
        <p className={`notice is-${tone}`}>
          <span>
            {explanation}{' '}
            {(tone === 'waiting' || tone === 'problem') && (
              <Link to="/status" className="inline-link">
                See what is missing
              </Link>
            )}
          </span>
        </p>
      )}
    </header>
  );
}
