import type { ConversationPageBody } from '@friend-lite/contract';
import { useMutation } from '@tanstack/react-query';
import { Scissors } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Action, ActionError } from '../../ui/action.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/door.tsx';
import { formatPosition, parsePosition } from '../../words/time.ts';

interface TrimDialogProps {
  readonly conversation: ConversationPageBody['conversation'];
  /** Where the player is, seconds from the conversation's start. */
  readonly place: number;
  readonly onClose: () => void;
  readonly onTrimmed: () => void;
}

/** Asks what is to be kept. Nothing is lost: the sound stays, and undoing brings all of it back. */
export function TrimDialog({ conversation, place, onClose, onTrimmed }: TrimDialogProps) {
  const { conversation_id: id, duration_seconds: duration } = conversation;
  const [from, setFrom] = useState(formatPosition(0));
  const [to, setTo] = useState(formatPosition(duration));
  const [start, end] = [parsePosition(from), parsePosition(to)];
  // What is shown is rounded to the second: the end as shown is the end.
  const isToEnd = end !== null && end >= Math.floor(duration);
  const isMeant = start !== null && end !== null && start < end && !(start === 0 && isToEnd);
  const trim = useMutation({
    mutationFn: () =>
      api.trimConversation(id, {
        ...(start === null || start === 0 ? {} : { start }),
        ...(end === null || isToEnd ? {} : { end }),
      }),
    onSuccess: onTrimmed,
  });

  return (
    <Dialog title="Keep a part of it" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isMeant) trim.mutate();
        }}
      >
        <p>
          What is outside is no part of the conversation any more, nor what was remembered of it.
          The recording stays, and Undo brings it back.
        </p>
        <div className="trim-fields">
          <TextField
            id="trim-from"
            label="From"
            value={from}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => setFrom(event.target.value)}
          />
          <button type="button" className="button" onClick={() => setFrom(formatPosition(place))}>
            Player is here
          </button>
          <TextField
            id="trim-to"
            label="To"
            value={to}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => setTo(event.target.value)}
          />
          <button type="button" className="button" onClick={() => setTo(formatPosition(place))}>
            Player is here
          </button>
        </div>
        <ActionError error={trim.error} />
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <Action
            type="submit"
            icon={Scissors}
            className="button is-primary"
            isPending={trim.isPending}
            disabled={!isMeant || trim.isPending}
          >
            Trim
          </Action>
        </div>
      </form>
    </Dialog>
  );
}
