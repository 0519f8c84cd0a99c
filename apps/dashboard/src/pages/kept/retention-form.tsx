import type { RetentionSettingsBody } from '@friend-lite/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, LoaderCircle } from 'lucide-react';
import { useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { errorInWords } from '../../ui/states.tsx';
import { draftOf, isSame, settingsOf, type Draft } from './draft.ts';

const maxDays = 36_500;
const maxHours = 876_000;

interface RetentionFormProps {
  readonly saved: RetentionSettingsBody;
  /** Hears whether the form says something else than what is saved. */
  readonly onChanged: (isChanged: boolean) => void;
}

/** The three ages at which something goes. */
export function RetentionForm({ saved, onChanged }: RetentionFormProps) {
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(saved));
  const isChanged = !isSame(settingsOf(draft), saved);
  const save = useMutation({
    mutationFn: () => api.setRetentionSettings(settingsOf(draft)),
    onSuccess: (settings) => {
      queryClient.setQueryData(queries.retention.queryKey, settings);
      onChanged(false);
    },
  });
  const change = (part: Partial<Draft>): void => {
    const next = { ...draft, ...part };
    setDraft(next);
    onChanged(!isSame(settingsOf(next), saved));
    save.reset();
  };
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    save.mutate();
  };

  return (
    <form className="card panel" aria-labelledby="how-long" onSubmit={submit}>
      <h2 className="panel-title" id="how-long">
        How long
      </h2>
      <AgeField
        label="Sound of conversations"
        hint="Then only the sound goes; words and memories stay."
        unit="days"
        max={maxDays}
        value={draft.audioDays}
        onChange={(audioDays) => change({ audioDays })}
      />
      <AgeField
        label="Conversations"
        hint="Then they go whole: sound, words and memories."
        unit="days"
        max={maxDays}
        value={draft.conversationsDays}
        onChange={(conversationsDays) => change({ conversationsDays })}
      />
      <AgeField
        label="Sound in no conversation"
        hint="Noise and silence that nobody spoke in."
        unit="hours"
        max={maxHours}
        value={draft.unclaimedHours}
        isDisabled={draft.isUnclaimedByServer}
        onChange={(unclaimedHours) => change({ unclaimedHours })}
      >
        <label className="check">
          <input
            type="checkbox"
            checked={draft.isUnclaimedByServer}
            onChange={(event) => change({ isUnclaimedByServer: event.target.checked })}
          />
          As this server does for everyone (72 hours, unless it was set up otherwise)
        </label>
      </AgeField>
      <p className="kept-note">
        An empty field keeps for ever. Pinned conversations always stay, with their sound. Once a
        day the server removes what has come of age.
      </p>
      {save.error && (
        <p className="notice is-error" role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          {errorInWords(save.error)}
        </p>
      )}
      <button type="submit" className="button is-primary" disabled={!isChanged || save.isPending}>
        {save.isPending && <LoaderCircle size={15} className="spinner" aria-hidden="true" />}
        {isChanged ? 'Save' : 'Saved'}
      </button>
    </form>
  );
}

interface AgeFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly unit: 'days' | 'hours';
  readonly max: number;
  readonly value: string;
  readonly isDisabled?: boolean;
  readonly onChange: (value: string) => void;
  readonly children?: ReactNode;
}

function AgeField(props: AgeFieldProps) {
  const id = useId();
  const { label, hint, unit, max, value, isDisabled = false, onChange, children } = props;
  return (
    <div className="age">
      <div className="age-what">
        <label htmlFor={id}>{label}</label>
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
        {children}
      </div>
      <div className="age-value">
        <input
          id={id}
          className="input numbers"
          type="number"
          inputMode="numeric"
          min={1}
          max={max}
          step={1}
          placeholder={isDisabled ? '' : 'For ever'}
          disabled={isDisabled}
          aria-describedby={`${id}-hint ${id}-unit`}
          value={isDisabled ? '' : value}
          onChange={(event) => onChange(event.target.value)}
        />
        <span id={`${id}-unit`}>{unit}</span>
      </div>
    </div>
  );
}
