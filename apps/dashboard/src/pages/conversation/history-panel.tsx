import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.ts';
import { editInWords } from '../../words/edits.ts';
import { formatDayAndTime } from '../../words/time.ts';

/** What was changed, latest first; nothing where nothing was. */
export function HistoryPanel({ id }: { readonly id: string }) {
  const { data: edits } = useQuery(queries.conversationHistory(id));
  if (!edits || edits.length === 0) return null;
  return (
    <section className="card panel history-panel" aria-label="Changes">
      <h2 className="panel-title">Changes</h2>
      <ol>
        {edits.map((edit) => (
          <li key={edit.edit_id} className={edit.undone_at === null ? undefined : 'is-undone'}>
            <span>{editInWords(edit)}</span>
            <span className="numbers">
              {formatDayAndTime(edit.at, new Date())}
              {edit.undone_at !== null && ', undone'}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
