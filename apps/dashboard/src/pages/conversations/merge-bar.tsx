import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Merge } from 'lucide-react';
import { api } from '../../api/client.ts';
import { Action, ActionError } from '../../ui/action.tsx';

interface MergeBarProps {
  readonly selected: readonly string[];
  readonly onDone: () => void;
}

/** Merges what was chosen from the list, and shows the whole. */
export function MergeBar({ selected, onDone }: MergeBarProps) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const merge = useMutation({
    mutationFn: () => api.mergeConversations(selected),
    onSuccess: async (whole) => {
      onDone();
      await queryClient.invalidateQueries({ queryKey: ['conversations'] });
      await navigate({
        to: '/conversations/$id',
        params: { id: whole.conversation_id },
        search: { t: undefined },
      });
    },
  });
  return (
    <div className="card merge-bar" role="region" aria-label="Chosen conversations">
      <p>{selected.length < 2 ? 'Choose conversations to merge.' : `${selected.length} chosen`}</p>
      <button type="button" className="button" onClick={onDone}>
        Cancel
      </button>
      <Action
        icon={Merge}
        className="button is-primary"
        isPending={merge.isPending}
        disabled={selected.length < 2 || merge.isPending}
        onClick={() => merge.mutate()}
      >
        Merge
      </Action>
      <ActionError error={merge.error} />
    </div>
  );
}
