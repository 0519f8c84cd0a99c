import type { HealthBody } from '@friend-lite/contract';
import type { Clock } from '../base/index.ts';

/** How one service stands. `detail` is for people: what it is, or what is missing and how to add it. */
export interface ServiceReport {
  readonly healthy: boolean;
  readonly detail: string;
  /** More facts for the page; no secrets, no addresses with credentials. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface ServiceCheck {
  readonly name: string;
  /** The name people read. */
  readonly label: string;
  /** Whether nothing works without it. */
  readonly critical: boolean;
  check(signal: AbortSignal): Promise<ServiceReport>;
}

export type HealthConfig = HealthBody['config'];

/**
 * Answers `/health`: asks every service at once, each for at most 5 s, and remembers the answer for 2 s so
 * that probes cost nothing. A check that throws or runs late counts as unhealthy.
 */
export function createHealth(
  checks: readonly ServiceCheck[],
  facts: {
    /** The settings shown; no secrets. */
    readonly config: () => HealthConfig;
    readonly isSetupRequired: () => boolean;
  },
  clock: Clock,
): () => Promise<HealthBody> {
  let cached: { readonly at: number; readonly body: Promise<HealthBody> } | null = null;

  return () => {
    const now = clock.monotonic();
    if (!cached || now - cached.at > 2000) cached = { at: now, body: report(checks, facts, clock) };
    return cached.body;
  };
}

const checkTimeoutMs = 5000;

async function report(
  checks: readonly ServiceCheck[],
  facts: { readonly config: () => HealthConfig; readonly isSetupRequired: () => boolean },
  clock: Clock,
): Promise<HealthBody> {
  const answers = await Promise.all(
    checks.map(async (check) => ({ check, ...(await ask(check)) })),
  );
  const unwell = answers.filter((answer) => !answer.healthy);
  const criticalDown = unwell.filter(({ check }) => check.critical);
  const sentences = [
    ...(criticalDown.length > 0
      ? [`Critical services (${labels(criticalDown)}) are unavailable`]
      : []),
    ...(unwell.length > criticalDown.length
      ? [`Optional services unavailable: ${labels(unwell.filter(({ check }) => !check.critical))}`]
      : []),
  ];
  return {
    status: criticalDown.length > 0 ? 'critical' : unwell.length > 0 ? 'degraded' : 'healthy',
    timestamp: Math.floor(clock.now() / 1000),
    services: Object.fromEntries(
      answers.map(({ check, healthy, detail, facts: more }) => [
        check.name,
        {
          ...more,
          label: check.label,
          status: `${healthy ? '✅' : check.critical ? '❌' : '⚠️'} ${detail}`,
          healthy,
          critical: check.critical,
        },
      ]),
    ),
    config: facts.config(),
    overall_healthy: unwell.length === 0,
    critical_services_healthy: criticalDown.length === 0,
    setup_required: facts.isSetupRequired(),
    ...(sentences.length > 0 ? { message: sentences.join('; ') } : {}),
  };
}

async function ask(check: ServiceCheck): Promise<ServiceReport> {
  const signal = AbortSignal.timeout(checkTimeoutMs);
  const late = new Promise<ServiceReport>((resolve) =>
    signal.addEventListener(
      'abort',
      () => resolve({ healthy: false, detail: 'No answer in 5 s' }),
      {
        once: true,
      },
    ),
  );
  try {
    return await Promise.race([check.check(signal), late]);
  } catch {
    return { healthy: false, detail: 'The check failed' };
  }
}

function labels(answers: readonly { readonly check: ServiceCheck }[]): string {
  return answers.map(({ check }) => check.label).join(', ');
}
