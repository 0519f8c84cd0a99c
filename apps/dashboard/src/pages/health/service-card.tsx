import type { HealthBody } from '@friend-lite/contract';
import { Check, TriangleAlert, X } from 'lucide-react';
import { labelOf, statusText } from './labels.ts';

type Service = HealthBody['services'][string];

interface ServiceCardProps {
  readonly name: string;
  readonly service: Service;
}

/** One service: whether it works, and in the server's words what it is or how to add it. */
export function ServiceCard({ name, service }: ServiceCardProps) {
  const state = service.healthy ? 'good' : service.critical ? 'critical' : 'degraded';
  const facts = factsOf(service);
  return (
    <article className="card service">
      <span className={`service-icon is-${state}`}>
        {service.healthy ? (
          <Check size={17} aria-hidden="true" />
        ) : service.critical ? (
          <X size={17} aria-hidden="true" />
        ) : (
          <TriangleAlert size={16} aria-hidden="true" />
        )}
      </span>
      <div>
        <h2>
          {typeof service.label === 'string' ? service.label : labelOf(name)}
          <span className={`service-state is-${state}`}>{stateInWords[state]}</span>
        </h2>
        <p>
          <WithCode text={statusText(service.status)} />
        </p>
        {facts.length > 0 && (
          <p className="service-facts numbers">
            {facts.map(([key, value]) => `${labelOf(key)}: ${value}`).join(' · ')}
          </p>
        )}
      </div>
    </article>
  );
}

const stateInWords = {
  good: 'Works',
  degraded: 'Missing, optional',
  critical: 'Does not work',
} as const;

/** Marks what is to be typed: settings, addresses, commands in backticks. */
function WithCode({ text }: { readonly text: string }) {
  return text
    .split(/(`[^`]+`|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:=\S*[^\s.,;])?|\btcp:\/\/\S*[^\s.,;])/)
    .map((part, index) =>
      index % 2 === 1 ? <code key={index}>{part.replaceAll('`', '')}</code> : part,
    );
}

const known = new Set(['label', 'status', 'healthy', 'critical']);

function factsOf(service: Service): readonly (readonly [string, string])[] {
  return Object.entries(service).flatMap(([key, value]) =>
    !known.has(key) && (typeof value === 'string' || typeof value === 'number')
      ? [[key, String(value)] as const]
      : [],
  );
}
