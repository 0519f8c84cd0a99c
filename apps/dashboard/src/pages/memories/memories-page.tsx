import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Lightbulb, LoaderCircle, SearchX } from 'lucide-react';
import { useRef, type KeyboardEvent } from 'react';
import { queries } from '../../api/queries.ts';
import { usePageTitle } from '../../ui/page-title.ts';
import { EmptyState, ErrorState, Skeletons } from '../../ui/states.tsx';
import './memories.css';
import { MemoryCard } from './memory-card.tsx';
import { SearchBox } from './search-box.tsx';

const route = getRouteApi('/shell/memories');

/** What is remembered: all of it, or what a search finds. The query is in the address. */
export function MemoriesPage() {
  usePageTitle('Memories');
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const results = useRef<HTMLDivElement>(null);

  return (
    <div className="page memories-page">
      <header className="page-head">
        <div>
          <h1>Memories</h1>
          <p>What your conversations left behind, each with the moment it was said.</p>
        </div>
      </header>
      <SearchBox
        initialQuery={q}
        onQuery={(query) => void navigate({ search: { q: query || undefined }, replace: true })}
        onDown={() => linksIn(results.current)[0]?.focus()}
      />
      <div ref={results} className="memory-results" onKeyDown={moveFocus}>
        {q === '' ? <AllMemories /> : <FoundMemories query={q} />}
      </div>
    </div>
  );
}

function FoundMemories({ query }: { readonly query: string }) {
  const search = useQuery({ ...queries.memorySearch(query), placeholderData: keepPreviousData });
  if (search.isPending) return <Skeletons count={3} height="5.5rem" label="results" />;
  if (search.isError) {
    return (
      <ErrorState
        title="The search did not work"
        error={search.error}
        onRetry={() => void search.refetch()}
      />
    );
  }
  const { results } = search.data;
  if (results.length === 0) {
    return (
      <EmptyState icon={SearchX} title="Nothing found">
        <p>No memory has these words. Fewer or other words may find it.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <p className="result-count" role="status">
        {results.length === 1 ? '1 result' : `${results.length} results`}
      </p>
      <ul className="memory-list" aria-busy={search.isPlaceholderData}>
        {results.map((memory) => (
          <li key={memory.id}>
            <MemoryCard memory={memory} query={search.data.query} />
          </li>
        ))}
      </ul>
    </>
  );
}

function AllMemories() {
  const list = useInfiniteQuery(queries.memories);
  if (list.isPending) return <Skeletons count={5} height="5.5rem" label="memories" />;
  if (list.isError) {
    return (
      <ErrorState
        title="The memories cannot be shown"
        error={list.error}
        onRetry={() => void list.refetch()}
      />
    );
  }
  const memories = list.data.pages.flatMap((page) => page.memories);
  if (memories.length === 0) {
    return (
      <EmptyState icon={Lightbulb} title="No memories yet">
        <p>They are found by themselves in every conversation that has closed.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <ul className="memory-list">
        {memories.map((memory) => (
          <li key={memory.id}>
            <MemoryCard memory={memory} query="" />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <button
          type="button"
          className="button show-more"
          disabled={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {list.isFetchingNextPage && (
            <LoaderCircle size={15} className="spinner" aria-hidden="true" />
          )}
          Show older memories
        </button>
      )}
    </>
  );
}

function linksIn(element: HTMLElement | null): readonly HTMLElement[] {
  return [...(element?.querySelectorAll<HTMLElement>('a.memory-card') ?? [])];
}

/** Up and down go through the results. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.target instanceof HTMLElement)) return;
  const links = linksIn(event.currentTarget);
  const index = links.indexOf(event.target);
  if (index < 0) return;
  event.preventDefault();
  const next = index + step;
  if (next < 0) document.querySelector<HTMLElement>('.search-box input')?.focus();
  else links[next]?.focus();
}
