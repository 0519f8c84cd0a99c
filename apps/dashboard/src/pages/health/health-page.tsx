import type { HealthBody } from '@friend-lite/contract';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { queries } from '../../api/queries.ts';
import { usePageTitle } from '../../ui/page-title.ts';
import { ErrorState, Skeletons } from '../../ui/states.tsx';
import { formatTime } from '../../words/time.ts';
import './health.css';
import { ServiceCard } from './service-card.tsx';
import { StoragePanel } from './storage-panel.tsx';
import { labelOf } from './labels.ts';

/** What works, what does not, and how to mend it: the server's own report. */
export function HealthPage() {
  usePageTitle('Health');
  const health = useQuery(queries.health);
  return (
    <div className="page health-page">
      <header className="page-head">
        <div>
          <h1>Health</h1>
          <p>What this server found, and what it can do with it.</p>
        </div>
        {health.data && (
          <p className="numbers checked">
            Checked at {formatTime(new Date(health.data.timestamp * 1000).toISOString())}
          </p>
        )}
      </header>
      {health.isPending && <Skeletons count={4} height="5.5rem" label="the health report" />}
      {health.isError && (
        <ErrorState
          title="The server does not say how it is"
          error={health.error}
          onRetry={() => void health.refetch()}
        />
      )}
      {health.data && !health.isError && <Report health={health.data} />}
    </div>
  );
}

function Report({ health }: { readonly health: HealthBody }) {
  const services = Object.entries(health.services);
  const settings = Object.entries(health.config);
  return (
    <>
      <Summary health={health} />
      <ul className="services">
        {services.map(([name, service]) => (
          <li key={name}>
            <ServiceCard name={name} service={service} />
          </li>
        ))}
      </ul>
      <StoragePanel />
      {settings.length > 0 && (
        <section className="card panel" aria-label="Settings in effect">
          <h2 className="panel-title">Settings in effect</h2>
          <dl className="settings numbers">
            {settings.map(([name, value]) => (
              <div key={name}>
                <dt>{labelOf(name)}</dt>
                <dd>{valueInWords(value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}

function Summary({ health }: { readonly health: HealthBody }) {
  switch (health.status) {
    case 'healthy':
      return (
        <p className="summary is-good">
          <CircleCheck size={20} aria-hidden="true" />
          Everything works.
        </p>
      );
    case 'degraded':
      return (
        <p className="summary is-degraded">
          <TriangleAlert size={20} aria-hidden="true" />
          The server works; something that would make it better is missing.
        </p>
      );
    case 'critical':
      return (
        <p className="summary is-critical">
          <CircleAlert size={20} aria-hidden="true" />
          Something the server needs does not work.
        </p>
      );
  }
}

function valueInWords(value: string | number | boolean | null): string {
  if (value === null || value === '') return 'not set';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}
