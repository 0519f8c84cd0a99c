import type { ConversationPageBody } from '@friend-lite/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Action, ActionError } from '../../ui/action.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { titleOf } from '../../words/conversation.ts';
import { deletionInWords } from '../../words/edits.ts';

interface DeleteDialogProps {
  readonly conversation: ConversationPageBody['conversation'];
  readonly onClose: () => void;
}

/** Asks before it deletes, and says afterwards what went. */
export function DeleteDialog({ conversation, onClose }: DeleteDialogProps) {
  const [withSound, setWithSound] = useState(true);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => api.deleteConversation(conversation.conversation_id, { audio: withSound }),
  });
  const leave = async (): Promise<void> => {
    await navigate({ to: '/conversations' });
    queryClient.removeQueries({ queryKey: ['conversation', conversation.conversation_id] });
    await queryClient.invalidateQueries({ queryKey: ['conversations'] });
    await queryClient.invalidateQueries({ queryKey: ['memories'] });
  };

  if (remove.data) {
    return (
      <Dialog title="Deleted" onClose={() => void leave()}>
        <p>{deletionInWords(remove.data)}</p>
        <div className="dialog-buttons">
          <button type="button" className="button is-primary" onClick={() => void leave()}>
            To the conversations
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Delete this conversation?" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate();
        }}
      >
        <p>
          “{titleOf(conversation)}” goes for good, with its words and what was remembered of it.
          This cannot be undone.
        </p>
        <fieldset className="choices">
          <label>
            <input
              type="checkbox"
              checked={withSound}
              onChange={(event) => setWithSound(event.target.checked)}
            />
            Its recordings, too, as far as no other conversation has them
          </label>
        </fieldset>
        <ActionError error={remove.error} />
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <Action
            type="submit"
            icon={Trash2}
            className="button is-danger"
            isPending={remove.isPending}
          >
            Delete
          </Action>
        </div>
      </form>
    </Dialog>
  );
}
