import type { ConversationPageBody } from '@friend-lite/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, Pin, PinOff, Scissors, SquareSplitHorizontal, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Action, ActionError } from '../../ui/action.tsx';
import { editInWords } from '../../words/edits.ts';
import { formatPosition } from '../../words/time.ts';
import { titleOf } from '../../words/conversation.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { usePlaybackTime, type Playback } from './playback.ts';
import { TrimDialog } from './trim-dialog.tsx';

type Conversation = ConversationPageBody['conversation'];

interface ChangeBarProps {
  readonly conversation: Conversation;
  readonly playback: Playback;
  /** Seconds of the conversation for seconds of the recording being played; null where that is not known. */
  readonly toConversation: ((time: number) => number) | null;
}

/** What one can do with a conversation that is over. Places are where the player is. */
export function ChangeBar({ conversation, playback, toConversation }: ChangeBarProps) {
  const { conversation_id: id, duration_seconds: duration } = conversation;
  const queryClient = useQueryClient();
  const history = useQuery(queries.conversationHistory(id));
  const [dialog, setDialog] = useState<'trim' | 'delete' | null>(null);
  const renew = () =>
    Promise.all(
      ['conversation', 'conversations', 'memories'].map((key) =>
        queryClient.invalidateQueries({ queryKey: [key] }),
      ),
    );
  const place = usePlaybackTime(playback, (time) =>
    toConversation ? Math.round(toConversation(time) * 10) / 10 : 0,
  );
  const split = useMutation({
    mutationFn: () => api.splitConversation(id, place),
    onSuccess: renew,
  });
  const undo = useMutation({ mutationFn: () => api.undoEdit(id), onSuccess: renew });
  const pin = useMutation({
    mutationFn: () => api.updateConversation(id, { pinned: !conversation.pinned }),
    onSuccess: renew,
  });
  const last = history.data?.find(({ undone_at }) => undone_at === null);
  const isInside = place > 0 && place < duration;
  const second = split.data?.[1];
  const forget = (): void => {
    split.reset();
    undo.reset();
    pin.reset();
  };

  return (
    <section className="change-bar" aria-label="Change this conversation">
      <div className="change-buttons">
        <Action
          icon={SquareSplitHorizontal}
          isPending={split.isPending}
          disabled={!isInside || split.isPending}
          title={isInside ? undefined : 'Play to where it is to be split'}
          onClick={() => {
            forget();
            split.mutate();
          }}
        >
          {isInside ? `Split at ${formatPosition(place)}` : 'Split'}
        </Action>
        <Action icon={Scissors} onClick={() => setDialog('trim')}>
          Trim
        </Action>
        {last && (
          <Action
            icon={Undo2}
            isPending={undo.isPending}
            onClick={() => {
              forget();
              undo.mutate();
            }}
          >
            Undo: {editInWords(last).toLowerCase()}
          </Action>
        )}
        <Action
          icon={conversation.pinned ? PinOff : Pin}
          isPending={pin.isPending}
          aria-pressed={conversation.pinned}
          onClick={() => {
            forget();
            pin.mutate();
          }}
        >
          {conversation.pinned ? 'Unpin' : 'Pin'}
        </Action>
        <Action icon={Trash2} className="button is-plain" onClick={() => setDialog('delete')}>
          Delete
        </Action>
      </div>
      <ActionError error={split.error ?? undo.error ?? pin.error} />
      <div aria-live="polite">
        {second && (
          <p className="notice is-good">
            <Check size={16} aria-hidden="true" />
            <span>
              Split. The second part is{' '}
              <Link
                to="/conversations/$id"
                params={{ id: second.conversation_id }}
                search={{ t: undefined }}
                className="inline-link"
              >
                {titleOf(second)}
              </Link>
              .
            </span>
          </p>
        )}
        {undo.data && (
          <p className="notice is-good">
            <Check size={16} aria-hidden="true" /> Taken back.
          </p>
        )}
      </div>
      {dialog === 'trim' && (
        <TrimDialog
          conversation={conversation}
          place={place}
          onClose={() => setDialog(null)}
          onTrimmed={() => {
            setDialog(null);
            void renew();
          }}
        />
      )}
      {dialog === 'delete' && (
        <DeleteDialog conversation={conversation} onClose={() => setDialog(null)} />
      )}
    </section>
  );
}
