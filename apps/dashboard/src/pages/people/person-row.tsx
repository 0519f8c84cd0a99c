import type { PersonBody } from '@friend-lite/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check, Merge, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Action, ActionError } from '../../ui/action.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/door.tsx';

interface PersonRowProps {
  readonly person: PersonBody;
  readonly others: readonly PersonBody[];
}

/** One person, with what can be done to them. */
export function PersonRow({ person, others }: PersonRowProps) {
  const [dialog, setDialog] = useState<'rename' | 'merge' | 'remove' | null>(null);
  const close = (): void => setDialog(null);
  return (
    <div className="person-row">
      <span className="person-name">
        <strong>{person.name}</strong>
        <span className="numbers">
          {person.segment_count === 1 ? '1 utterance' : `${person.segment_count} utterances`}
        </span>
      </span>
      <Action
        icon={Pencil}
        aria-label={`Rename ${person.name}`}
        onClick={() => setDialog('rename')}
      >
        Rename
      </Action>
      {others.length > 0 && (
        <Action icon={Merge} aria-label={`Merge ${person.name}`} onClick={() => setDialog('merge')}>
          Merge
        </Action>
      )}
      <Action
        icon={Trash2}
        className="button is-plain"
        aria-label={`Forget ${person.name}`}
        onClick={() => setDialog('remove')}
      >
        Forget
      </Action>
      {dialog === 'rename' && <RenameDialog person={person} onClose={close} />}
      {dialog === 'merge' && <MergeDialog person={person} others={others} onClose={close} />}
      {dialog === 'remove' && <ForgetDialog person={person} onClose={close} />}
    </div>
  );
}

function RenameDialog(props: { readonly person: PersonBody; readonly onClose: () => void }) {
  const { person, onClose } = props;
  const [name, setName] = useState(person.name);
  const rename = useChange(() => api.renamePerson(person.person_id, name.trim()), onClose);
  return (
    <Dialog title={`Rename ${person.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate();
        }}
      >
        <TextField
          id="person-name"
          label="Name"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.target.value)}
        />
        <ActionError error={rename.error} />
        <div className="dialog-buttons">
          <Action
            type="submit"
            icon={Check}
            className="button is-primary"
            isPending={rename.isPending}
            disabled={name.trim() === '' || rename.isPending}
          >
            Save
          </Action>
        </div>
      </form>
    </Dialog>
  );
}

function MergeDialog(props: PersonRowProps & { readonly onClose: () => void }) {
  const { person, others, onClose } = props;
  const [into, setInto] = useState(others[0]?.person_id ?? '');
  const merge = useChange(() => api.mergePeople([into, person.person_id]), onClose);
  return (
    <Dialog title={`${person.name} is somebody else`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          merge.mutate();
        }}
      >
        <fieldset className="choices">
          <legend>Everything {person.name} said was said by</legend>
          {others.map((other) => (
            <label key={other.person_id}>
              <input
                type="radio"
                name="into"
                checked={into === other.person_id}
                onChange={() => setInto(other.person_id)}
              />
              {other.name}
            </label>
          ))}
        </fieldset>
        <ActionError error={merge.error} />
        <div className="dialog-buttons">
          <Action
            type="submit"
            icon={Merge}
            className="button is-primary"
            isPending={merge.isPending}
          >
            Merge
          </Action>
        </div>
      </form>
    </Dialog>
  );
}

function ForgetDialog(props: { readonly person: PersonBody; readonly onClose: () => void }) {
  const { person, onClose } = props;
  const forget = useChange(() => api.removePerson(person.person_id), onClose);
  return (
    <Dialog title={`Forget ${person.name}?`} onClose={onClose}>
      <p>The words stay; who said them is not known any more.</p>
      <ActionError error={forget.error} />
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <Action
          icon={Trash2}
          className="button is-danger"
          isPending={forget.isPending}
          onClick={() => forget.mutate()}
        >
          Forget
        </Action>
      </div>
    </Dialog>
  );
}

/** A change of people, after which everything that shows names is read anew. */
function useChange(change: () => Promise<unknown>, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['people'] });
      await queryClient.invalidateQueries({ queryKey: ['conversation'] });
      onDone();
    },
  });
}
