import { connectionProblem, type HttpService } from '../../base/index.ts';
import type { Availability } from '../../transcription/index.ts';
import { refusalOf, type Refusal } from './failures.ts';

const limitMs = 5_000;

/** Asks for the projects of the key, which costs nothing and tells whether it is let in. Never throws. */
export async function probe(
  service: HttpService,
  model: string,
  signal: AbortSignal,
): Promise<Availability> {
  try {
    const answer = await service.request({ method: 'GET', path: '/v1/projects', signal, limitMs });
    const refusal = refusalOf(answer.status, answer.headers, answer.body);
    return availabilityAt(refusal, service.address, model);
  } catch (error) {
    return unavailable(
      `No Deepgram answers at ${service.address} (${connectionProblem(error)}). ` +
        'Check the network and DEEPGRAM_BASE_URL.',
    );
  }
}

function availabilityAt({ status, code }: Refusal, address: string, model: string): Availability {
  // A key that may not see its projects may hear speech all the same.
  const isKnownKey = status === 403 || code === 'INSUFFICIENT_PERMISSIONS';
  if (status === 401 && !isKnownKey) {
    return unavailable(
      `Deepgram at ${address} refuses the key (${status}). Set DEEPGRAM_API_KEY to a valid one.`,
    );
  }
  if (status === 402) return unavailable('Deepgram wants its account to be paid for (402).');
  // One that is self-hosted has no projects and says so; too many requests are a matter of the moment.
  const isThere = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (isThere) return { available: true, model };
  return unavailable(`Deepgram at ${address} is not working now (${status}).`);
}

function unavailable(reason: string): Availability {
  return { available: false, reason };
}
