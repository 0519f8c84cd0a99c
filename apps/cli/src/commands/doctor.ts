import { createClient } from '@friend-lite/client';
import type { HealthBody } from '@friend-lite/contract';
import { sentenceFor } from '../errors.ts';
import type { Session } from '../session.ts';

/** `bad`: broken, mend it; `warn`: works, but less than it could. */
export interface Finding {
  readonly mark: 'ok' | 'warn' | 'bad';
  readonly what: string;
  readonly detail: string;
}

export interface DoctorDeps {
  readonly server: string;
  readonly nodeVersion: string;
  readonly openSession: () => Promise<Session>;
  /** Whether anything is there to sign in with. */
  readonly hasCredentials: () => Promise<boolean>;
  /** Free bytes where the data of a server on this machine is; null for one elsewhere. */
  readonly freeBytes: () => Promise<number | null>;
  readonly signal: AbortSignal;
}

/** PCM of one device: 16 kHz, 16 bits, mono. */
const bytesPerHour = 32_000 * 3600;
const lowBytes = 5 * 1024 ** 3;
const fullBytes = 512 * 1024 ** 2;

/** Examines a server and the way to it, from the outside in; what cannot be seen behind a fault is left out. */
export async function examine(deps: DoctorDeps): Promise<readonly Finding[]> {
  const here: Finding[] = [ok('Node.js', deps.nodeVersion), ...(await disk(deps))];
  const health = await createClient({ baseUrl: deps.server })
    .health({ signal: deps.signal })
    .catch((error: unknown) => bad('Server', sentenceFor(error, deps.server)));
  if ('mark' in health) return [...here, health];
  const findings = [...here, server(deps.server, health), ...services(health)];
  if (health.setup_required) {
    const how = 'There is no administrator yet. Open the setup link that the server printed.';
    return [...findings, bad('First run', how)];
  }
  return [...findings, await login(deps)];
}

/** One line a finding, and what they come to. */
export function report(findings: readonly Finding[]): string {
  const marks = { ok: '✓', warn: '!', bad: '✗' };
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.map(
    ({ mark, what, detail }) => `${marks[mark]} ${what.padEnd(width)}  ${detail}`,
  );
  return [...lines, '', verdict(findings)].join('\n');
}

function verdict(findings: readonly Finding[]): string {
  const count = (mark: Finding['mark']) => findings.filter((one) => one.mark === mark).length;
  const broken = count('bad');
  const lacking = count('warn');
  if (broken > 0) return `Broken: ${broken}${lacking > 0 ? `; could be better: ${lacking}` : ''}.`;
  return lacking > 0 ? `Works; could be better: ${lacking}.` : 'All is well.';
}

function server(address: string, { status, config }: HealthBody): Finding {
  const version = typeof config.version === 'string' ? ` ${config.version}` : '';
  const detail = `Friend-Lite${version} at ${address} is ${status}`;
  return status === 'critical' ? bad('Server', detail) : ok('Server', detail);
}

function services({ services: all }: HealthBody): Finding[] {
  return Object.entries(all).map(([name, service]) => {
    const what = typeof service.label === 'string' ? service.label : name;
    // The server puts a symbol before its sentence; here the mark says it.
    const detail = service.status.replace(/^[^\p{L}\p{N}]+/u, '');
    if (service.healthy) return ok(what, detail);
    return service.critical ? bad(what, detail) : warn(what, detail);
  });
}

async function login(deps: DoctorDeps): Promise<Finding> {
  try {
    const { user } = await deps.openSession();
    return ok('Login', `signed in as ${user.email}${user.is_superuser ? ' (administrator)' : ''}`);
  } catch (error) {
    const detail = sentenceFor(error, deps.server);
    return (await deps.hasCredentials()) ? bad('Login', detail) : warn('Login', detail);
  }
}

async function disk({ freeBytes }: DoctorDeps): Promise<Finding[]> {
  const free = await freeBytes();
  if (free === null) return [];
  const gib = (free / 1024 ** 3).toFixed(1);
  const detail = `${gib} GiB free, enough for ${Math.floor(free / bytesPerHour)} hours of sound`;
  if (free < fullBytes) return [bad('Disk', `${detail}; make room`)];
  return [free < lowBytes ? warn('Disk', detail) : ok('Disk', detail)];
}

function ok(what: string, detail: string): Finding {
  return { mark: 'ok', what, detail };
}

function warn(what: string, detail: string): Finding {
  return { mark: 'warn', what, detail };
}

function bad(what: string, detail: string): Finding {
  return { mark: 'bad', what, detail };
}
