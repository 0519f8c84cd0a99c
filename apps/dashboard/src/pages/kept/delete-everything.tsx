import type { ErasedBody } from '@friend-lite/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check, CircleAlert, LoaderCircle, Trash2 } from 'lucide-react';
import { useState, type SubmitEvent } from 'react';
import { api } from '../../api/client.ts';
import { TextField } from '../../ui/door.tsx';
import { errorInWords } from '../../ui/states.tsx';
import { formatBytes } from '../../words/bytes.ts';
import { erasedInWords } from './erased.ts';

const confirmation = 'delete everything';

/** Deletes all of one's data after a confirmation that is typed, and shows what was removed. */
export function DeleteEverything({ onErased }: { readonly onErased: () => void }) {
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState('');
  const isConfirmed = typed.trim().toLowerCase() === confirmation;
  const erase = useMutation({
    mutationFn: () => api.eraseMyData(),
    onSuccess: () => {
      setTyped('');
      onErased();
      void queryClient.invalidateQueries();
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (isConfirmed) erase.mutate();
  };

  return (
    <section className="card panel is-danger" aria-labelledby="delete-everything">
      <h2 className="panel-title" id="delete-everything">
        Delete everything of mine
      </h2>
      <p className="panel-empty">
        Recordings, conversations, words, memories, devices and settings: all of it goes for good,
        pinned or not. Your account stays. Stop your devices first, or they start anew. Backups you
        made are yours to delete.
      </p>
      <form onSubmit={submit}>
        <TextField
          id="confirmation"
          label={`Type “${confirmation}” to confirm`}
          value={typed}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button
          type="submit"
          className="button is-danger"
          disabled={!isConfirmed || erase.isPending}
        >
          {erase.isPending ? (
            <LoaderCircle size={15} className="spinner" aria-hidden="true" />
          ) : (
            <Trash2 size={15} aria-hidden="true" />
          )}
          Delete everything
        </button>
      </form>
      {erase.error && (
        <p className="notice is-error" role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          {errorInWords(erase.error)}
        </p>
      )}
      <div aria-live="polite">{erase.data && <Erased erased={erase.data} />}</div>
    </section>
  );
}

function Erased({ erased }: { readonly erased: ErasedBody }) {
  const records = erasedInWords(erased.records);
  return (
    <div className="erased numbers">
      <p className="notice is-good">
        <Check size={16} aria-hidden="true" />
        {records.length === 0 && erased.files === 0
          ? 'There was nothing of yours to delete.'
          : 'Everything of yours was deleted.'}
      </p>
      <dl>
        {records.map(({ label, count }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{count}</dd>
          </div>
        ))}
        <div>
          <dt>Files</dt>
          <dd>
            {erased.files}, {formatBytes(erased.bytes)}
          </dd>
        </div>
      </dl>
    </div>
  );
}
