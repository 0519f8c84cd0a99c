import { useQuery } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { queries } from '../../api/queries.ts';
import { usePageTitle } from '../../ui/page-title.ts';
import { EmptyState, ErrorState, Skeletons } from '../../ui/states.tsx';
import { PersonRow } from './person-row.tsx';
import './people.css';

/** Everybody whose voice was given a name. */
export function PeoplePage() {
  usePageTitle('People');
  const people = useQuery(queries.people);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>People</h1>
          <p>Whom you have named in transcripts. Names are yours alone.</p>
        </div>
      </header>
      {people.isPending && <Skeletons count={3} height="4rem" label="people" />}
      {people.isError && (
        <ErrorState
          title="The people cannot be shown"
          error={people.error}
          onRetry={() => void people.refetch()}
        />
      )}
      {people.data?.length === 0 && (
        <EmptyState icon={Users} title="Nobody yet">
          <p>Open a conversation and click on a speaker to say who it is.</p>
        </EmptyState>
      )}
      {people.data && people.data.length > 0 && (
        <ul className="card people-list">
          {people.data.map((person) => (
            <li key={person.person_id}>
              <PersonRow
                person={person}
                others={people.data.filter((other) => other.person_id !== person.person_id)}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
