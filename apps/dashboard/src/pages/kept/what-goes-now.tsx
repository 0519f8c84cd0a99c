import type { RetentionPlanBody } from '@friend-lite/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check, CircleAlert, LoaderCircle, Search, Trash2 } from 'lucide-react';
import { api } from '../../api/client.ts';
import { errorInWords } from '../../ui/states.tsx';
import { formatBytes } from '../../words/bytes.ts';
import { deviceNameOf } from '../../words/device.ts';
import { formatDayAndTime } from '../../words/time.ts';
import { isEmpty, planInWords } from './plan.ts';

/** A dry run of what is saved, and after it the real one. */
export function WhatGoesNow({ isOutdated }: { readonly isOutdated: boolean }) {
  const queryClient = useQueryClient();
  const preview = useMutation({ mutationFn: () => api.previewRetention() });
  const run = useMutation({
    mutationFn: () => api.runRetention(),
    onSuccess: () => {
      preview.reset();
      void queryClient.invalidateQueries();
    },
  });
  const error = preview.error ?? run.error;
  const plan = isOutdated ? undefined : preview.data;

  return (
    <section className="card panel" aria-labelledby="goes-now">
      <h2 className="panel-title" id="goes-now">
        What would go now
      </h2>
      <p className="panel-empty">
        {isOutdated
          ? 'Save first: this goes by what is saved.'
          : 'Looking removes nothing. You see the list before anything goes.'}
      </p>
      <div aria-live="polite" className="plan-place">
        {plan &&
          (isEmpty(plan) ? <p className="notice">Nothing would go now.</p> : <Plan plan={plan} />)}
        {run.data && !plan && (
          <p className="notice is-good">
            <Check size={16} aria-hidden="true" />
            {isEmpty(run.data)
              ? 'Nothing was there to remove.'
              : `Removed: ${planInWords(run.data)}.`}
          </p>
        )}
      </div>
      {error && (
        <p className="notice is-error" role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          {errorInWords(error)}
        </p>
      )}
      <div className="plan-actions">
        {plan && !isEmpty(plan) && (
          <button
            type="button"
            className="button is-danger"
            disabled={run.isPending}
            onClick={() => run.mutate()}
          >
            {run.isPending ? (
              <LoaderCircle size={15} className="spinner" aria-hidden="true" />
            ) : (
              <Trash2 size={15} aria-hidden="true" />
            )}
            Remove all of this for good
          </button>
        )}
        <button
          type="button"
          className="button"
          disabled={isOutdated || preview.isPending || run.isPending}
          onClick={() => {
            run.reset();
            preview.mutate();
          }}
        >
          {preview.isPending ? (
            <LoaderCircle size={15} className="spinner" aria-hidden="true" />
          ) : (
            <Search size={15} aria-hidden="true" />
          )}
          {plan ? 'Look again' : 'Look'}
        </button>
      </div>
    </section>
  );
}

function Plan({ plan }: { readonly plan: RetentionPlanBody }) {
  const now = new Date();
  return (
    <>
      <p className="plan-sum">{planInWords(plan)}</p>
      {/* It scrolls, so the keyboard must reach it. */}
      <ul className="plan numbers" tabIndex={0} aria-label="What would go now">
        {plan.conversations.map((conversation) => (
          <li key={conversation.conversation_id}>
            <span className="plan-name">{conversation.title ?? 'Untitled conversation'}</span>
            <span className="plan-when">{formatDayAndTime(conversation.started_at, now)}</span>
            <span className={`badge${conversation.removes === 'whole' ? ' is-problem' : ''}`}>
              {conversation.removes === 'whole' ? 'Whole' : 'Its sound'}
            </span>
          </li>
        ))}
        {plan.captures.map((capture) => (
          <li key={capture.capture_id}>
            <span className="plan-name">
              {capture.expired_segments > 0 ? 'Sound' : 'Sound in no conversation'} from{' '}
              {deviceNameOf(capture.client_id)}
            </span>
            <span className="plan-when">{formatDayAndTime(capture.started_at, now)}</span>
            <span>{formatBytes(capture.bytes)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
