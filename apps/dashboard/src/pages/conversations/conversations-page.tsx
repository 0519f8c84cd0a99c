import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LoaderCircle, Merge, MessagesSquare, Upload } from 'lucide-react';
import { useState } from 'react';
import { queries } from '../../api/queries.ts';
import { usePageTitle } from '../../ui/page-title.ts';
import { EmptyState, ErrorState, Skeletons } from '../../ui/states.tsx';
import { titleOf } from '../../words/conversation.ts';
import { ConversationRow } from './conversation-row.tsx';
import './conversations.css';
import { groupByDay } from './group-by-day.ts';
import { MergeBar } from './merge-bar.tsx';

/** Every conversation, newest first, by day. */
export function ConversationsPage() {
  usePageTitle('Conversations');
  const [isChoosing, setIsChoosing] = useState(false);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Conversations</h1>
          <p>What your devices heard, from first word to silence.</p>
        </div>
        <div className="head-buttons">
          {!isChoosing && (
            <button type="button" className="button" onClick={() => setIsChoosing(true)}>
              <Merge size={15} aria-hidden="true" />
              Merge
            </button>
          )}
          <Link to="/conversations/upload" className="button">
            <Upload size={15} aria-hidden="true" />
            Upload recordings
          </Link>
        </div>
      </header>
      <ConversationList isChoosing={isChoosing} onChosen={() => setIsChoosing(false)} />
    </div>
  );
}

function ConversationList(props: {
  /** Whether some are being chosen, to be merged. */
  readonly isChoosing: boolean;
  readonly onChosen: () => void;
}) {
  const { isChoosing, onChosen } = props;
  const [selected, setSelected] = useState<readonly string[]>([]);
  const list = useInfiniteQuery(queries.conversations);
  if (list.isPending) return <Skeletons count={6} height="4.25rem" label="conversations" />;
  if (list.isError) {
    return (
      <ErrorState
        title="The conversations cannot be shown"
        error={list.error}
        onRetry={() => void list.refetch()}
      />
    );
  }
  // A conversation that opens while one pages on moves the rest along: each is shown once.
  const conversations = [
    ...new Map(
      list.data.pages
        .flatMap((page) => page.conversations)
        .map((conversation) => [conversation.conversation_id, conversation]),
    ).values(),
  ];
  if (conversations.length === 0) {
    return (
      <EmptyState icon={MessagesSquare} title="No conversation yet">
        <p>One opens by itself when a device hears somebody speak. Silence alone makes none.</p>
        <Link to="/devices" className="button">
          See your devices
        </Link>
      </EmptyState>
    );
  }
  return (
    <>
      {isChoosing && (
        <MergeBar
          selected={selected}
          onDone={() => {
            setSelected([]);
            onChosen();
          }}
        />
      )}
      {groupByDay(conversations, new Date()).map(({ day, items }) => (
        <section key={items[0]?.conversation_id ?? day} className="day" aria-label={day}>
          <h2>{day}</h2>
          <ul className="card conversation-list">
            {items.map((conversation) => (
              <li key={conversation.conversation_id}>
                {isChoosing && (
                  <input
                    type="checkbox"
                    aria-label={`Choose ${titleOf(conversation)}`}
                    checked={selected.includes(conversation.conversation_id)}
                    onChange={(event) =>
                      setSelected(
                        event.target.checked
                          ? [...selected, conversation.conversation_id]
                          : selected.filter((id) => id !== conversation.conversation_id),
                      )
                    }
                  />
                )}
                <ConversationRow conversation={conversation} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {list.hasNextPage && (
        <button
          type="button"
          className="button show-more"
          disabled={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {list.isFetchingNextPage && (
            <LoaderCircle size={15} className="spinner" aria-hidden="true" />
          )}
          Show older conversations
        </button>
      )}
    </>
  );
}
