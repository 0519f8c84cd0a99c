import type { SegmentBody } from '@friend-lite/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Action, ActionError } from '../../ui/action.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/door.tsx';

interface SpeakerDialogProps {
  readonly conversationId: string;
  readonly segment: SegmentBody;
  readonly onClose: () => void;
}

type Scope = 'segment' | 'conversation' | 'all';

const scopes: readonly { readonly scope: Scope; readonly label: string }[] = [
  { scope: 'segment', label: 'This alone' },
  { scope: 'conversation', label: 'All of this speaker in this conversation' },
  { scope: 'all', label: 'Everything this person ever said' },
];

/** Asks who said something. */
export function SpeakerDialog({ conversationId, segment, onClose }: SpeakerDialogProps) {
  const isKnown = segment.person_id !== null;
  const people = useQuery(queries.people);
  const queryClient = useQueryClient();
  const [name, setName] = useState(isKnown ? (segment.speaker ?? '') : '');
  const [scope, setScope] = useState<Scope>('conversation');
  const say = useMutation({
    mutationFn: (who: { readonly name: string } | { readonly person_id: null }) =>
      api.nameSpeaker(conversationId, { segment_id: segment.id, scope, ...who }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['conversation'] });
      await queryClient.invalidateQueries({ queryKey: ['people'] });
      onClose();
    },
  });
  const trimmed = name.trim();

  return (
    <Dialog title="Who said this?" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (trimmed !== '') say.mutate({ name: trimmed });
        }}
      >
        <blockquote className="quoted">{segment.text}</blockquote>
        <TextField
          id="speaker-name"
          label="Name"
          value={name}
          list="people-known"
          autoComplete="off"
          maxLength={100}
          onChange={(event) => setName(event.target.value)}
        />
        <datalist id="people-known">
          {people.data?.map((person) => (
            <option key={person.person_id} value={person.name} />
          ))}
        </datalist>
        <fieldset className="choices">
          <legend>Also said by them</legend>
          {scopes
            .filter((each) => each.scope !== 'all' || isKnown)
            .map((each) => (
              <label key={each.scope}>
                <input
                  type="radio"
                  name="scope"
                  checked={scope === each.scope}
                  onChange={() => setScope(each.scope)}
                />
                {each.label}
              </label>
            ))}
        </fieldset>
        <ActionError error={say.error} />
        <div className="dialog-buttons">
          {isKnown && (
            <button
              type="button"
              className="button is-plain"
              disabled={say.isPending}
              onClick={() => say.mutate({ person_id: null })}
            >
              Nobody known
            </button>
          )}
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <Action
            type="submit"
            icon={Check}
            className="button is-primary"
            isPending={say.isPending}
            disabled={trimmed === '' || say.isPending}
          >
            Save
          </Action>
        </div>
      </form>
    </Dialog>
  );
}
