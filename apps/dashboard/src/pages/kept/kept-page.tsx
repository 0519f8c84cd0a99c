import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queries } from '../../api/queries.ts';
import { usePageTitle } from '../../ui/page-title.ts';
import { ErrorState, Skeletons } from '../../ui/states.tsx';
import { DeleteEverything } from './delete-everything.tsx';
import './kept.css';
import { RetentionForm } from './retention-form.tsx';
import { WhatGoesNow } from './what-goes-now.tsx';

/** How long one's data stays, what goes now by that, and how to delete all of it. */
export function KeptPage() {
  usePageTitle('What is kept');
  const [erasures, setErasures] = useState(0);
  return (
    <div className="page kept-page">
      <header className="page-head">
        <div>
          <h1>What is kept</h1>
          <p>What you say stays on this server for as long as you want, and no longer.</p>
        </div>
      </header>
      {/* What was looked at before is gone with the rest. */}
      <Retention key={erasures} />
      <DeleteEverything onErased={() => setErasures(erasures + 1)} />
    </div>
  );
}

function Retention() {
  const retention = useQuery(queries.retention);
  const [isChanged, setIsChanged] = useState(false);
  if (retention.isPending) return <Skeletons count={2} height="12rem" label="what is kept" />;
  if (retention.isError) {
    return (
      <ErrorState
        title="What is kept cannot be shown"
        error={retention.error}
        onRetry={() => void retention.refetch()}
      />
    );
  }
  const saved = JSON.stringify(retention.data);
  return (
    <>
      <RetentionForm key={saved} saved={retention.data} onChanged={setIsChanged} />
      <WhatGoesNow key={`${saved} now`} isOutdated={isChanged} />
    </>
  );
}
